import { html, LitElement, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { api, ApiFailure, SIGNED_OUT } from '../api.ts';
import { listen } from '../live.ts';
import { type Page, SAY, TITLE } from '../page.ts';
import { AS_OF, type Clock } from '../resource.ts';
import { href, match, type Match } from '../router.ts';
import { type Route, ROUTES } from '../routes.ts';
import { base, controls } from '../styles.ts';
import type { Me } from '../types.ts';
import { appStyles } from './app-styles.ts';
import './data-age.ts';
import './help.ts';
import './notice.ts';
import './rail.ts';

const SIGN_IN = 'sign-in';
const HOME = '#/fleet';

/** The frame: who is signed in, which page is shown, how old the data is. */
@customElement('lw-app')
export class App extends LitElement {
  static override styles = [base, controls, appStyles];
  @state() private me: Me | null = null;
  @state() private failure: ApiFailure | null = null;
  @state() private page: Page | null = null;
  @state() private clock: Clock | null = null;
  @state() private said = '';
  @state() private path = '';
  /** Whose thing the page shows; on lists the filter. */
  @state() private tenant: string | null = null;
  /** The filter of lists; looking at one thing does not change it. */
  private filter: string | null = null;
  @query('main') private main!: HTMLElement;
  private wanted = HOME;
  private stopListening: (() => void) | null = null;
  private meeting = false;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('hashchange', this.onHash);
    window.addEventListener(SIGNED_OUT, this.onSignedOut);
    this.addEventListener(AS_OF, (event) => (this.clock = (event as CustomEvent<Clock>).detail));
    this.addEventListener(SAY, (event) => (this.said = (event as CustomEvent<string>).detail));
    this.addEventListener(TITLE, (event) => entitle((event as CustomEvent<string>).detail));
    this.addEventListener('lw-signed-in', (event) => this.enter((event as CustomEvent<Me>).detail));
    void this.findOut();
  }

  override disconnectedCallback(): void {
    window.removeEventListener('hashchange', this.onHash);
    window.removeEventListener(SIGNED_OUT, this.onSignedOut);
    this.stopListening?.();
    super.disconnectedCallback();
  }

  override render() {
    if (this.failure !== null) {
      return html`<main class="alone">
        <lw-failure .failure=${this.failure} @retry=${() => this.findOut()}></lw-failure>
      </main>`;
    }
    if (this.me === null) return html`<main class="alone" tabindex="-1">${this.page}</main>`;
    return html`<a class="skip button" href="#main" @click=${this.skip}>Skip to content</a>
      <div class="frame">
        <lw-rail .path=${this.path} .tenant=${this.filter} .me=${this.me} @sign-out=${this.leave}></lw-rail>
        <div class="column">
          ${this.top(this.me)}
          <main tabindex="-1">${this.page}</main>
        </div>
      </div>
      <div class="hidden-text" role="status">${this.said}</div>
      <lw-help></lw-help>`;
  }

  private top(me: Me) {
    return html`<header class="top">
      ${me.tenants.length > 1 ? this.tenantSwitch(me) : html`<span class="strong">${me.tenants[0]?.title}</span>`}
      <lw-data-age .clock=${this.clock}></lw-data-age>
    </header>`;
  }

  private tenantSwitch(me: Me) {
    return html`<label class="tenant"
      ><span class="hidden-text">Tenant</span>
      <select @change=${(event: Event) => this.choose((event.target as HTMLSelectElement).value)}>
        ${
          me.principal.tenant === null
            ? html`<option value="" .selected=${this.tenant === null}>All tenants</option>`
            : nothing
        }
        ${me.tenants.map(
          ({ id, title }) => html`<option value=${id} .selected=${this.tenant === id}>${title}</option>`,
        )}
      </select></label
    >`;
  }

  /** Pages about one thing of one tenant lead back to the fleet; lists stay and are filtered. */
  private choose(tenant: string): void {
    const list = this.path.includes(':') ? 'fleet' : this.path;
    this.filter = tenant === '' ? null : tenant;
    location.hash = href([list], { tenant: this.filter });
  }

  private async findOut(): Promise<void> {
    this.failure = null;
    try {
      this.enter(await api.me());
    } catch (error) {
      if (error instanceof ApiFailure && error.status !== 401) this.failure = error;
    }
  }

  private enter(me: Me): void {
    this.me = me;
    this.stopListening ??= listen((event) => {
      if (event?.kind === 'incident' || event?.kind === 'run') this.said = event.text;
      if (event !== null && this.me?.tenants.every(({ id }) => id !== event.tenant)) void this.meetTenant();
    });
    const hash =
      location.hash === '' || location.hash.startsWith(`#/${SIGN_IN}`) ? this.wanted : location.hash;
    if (hash === location.hash) this.onHash();
    else location.hash = hash;
  }

  /** A tenant that sends for the first time joins the switch. */
  private async meetTenant(): Promise<void> {
    if (this.meeting) return;
    this.meeting = true;
    const me = await api.me().catch(() => null);
    this.meeting = false;
    if (me === null || this.me === null) return;
    this.me = me;
    if (this.page !== null) this.page.me = me;
  }

  private readonly leave = async (): Promise<void> => {
    await api.signOut().catch(() => null);
    this.onSignedOut();
  };

  private readonly onSignedOut = (): void => {
    if (!location.hash.startsWith(`#/${SIGN_IN}`) && location.hash !== '') this.wanted = location.hash;
    this.me = null;
    this.page = null;
    this.stopListening?.();
    this.stopListening = null;
    if (location.hash === `#/${SIGN_IN}`) this.onHash();
    else location.hash = `#/${SIGN_IN}`;
  };

  private readonly onHash = (): void => {
    const found = match(
      ROUTES.map((route) => route.path),
      location.hash,
    );
    if (this.me === null && found?.path !== SIGN_IN) return this.onSignedOut();
    const route = ROUTES.find((entry) => entry.path === found?.path);
    if (found === null || route === undefined) location.hash = HOME;
    else void this.show(route, found);
  };

  private async show(route: Route, found: Match): Promise<void> {
    await route.load();
    if (location.hash !== '' && match([route.path], location.hash) === null) return;
    const moved = this.page?.localName !== route.tag || !same(this.page.route.params, found.params);
    if (!isAboutOne(route)) this.filter = found.query['tenant'] ?? (moved ? this.filter : null);
    this.tenant = isAboutOne(route) ? (found.params['tenant'] ?? null) : this.filter;
    const page = this.page?.localName === route.tag ? this.page : (document.createElement(route.tag) as Page);
    page.route = {
      ...found,
      query: { ...found.query, ...(this.tenant !== null && { tenant: this.tenant }) },
    };
    page.me = this.me;
    const first = this.page === null;
    this.page = page;
    this.path = route.path;
    if (!moved) return;
    entitle(route.title);
    await this.updateComplete;
    if (!first) this.arrive(route.title);
  }

  private arrive(title: string): void {
    window.scrollTo(0, 0);
    this.main.focus({ preventScroll: true });
    this.said = title;
  }

  private readonly skip = (event: Event): void => {
    event.preventDefault();
    this.main.focus();
  };
}

function entitle(title: string): void {
  document.title = `${title} · Leeway`;
}

function same(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isAboutOne({ path }: Route): boolean {
  return path.includes(':');
}
