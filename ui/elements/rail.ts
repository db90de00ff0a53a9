import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { IconName } from '../icons.ts';
import { href } from '../router.ts';
import { base, controls } from '../styles.ts';
import { applyTheme, chosenTheme, type Theme, THEMES } from '../theme.ts';
import type { Me } from '../types.ts';
import './icon.ts';

const LINKS: readonly { readonly page: string; readonly icon: IconName; readonly text: string }[] = [
  { page: 'fleet', icon: 'fleet', text: 'Fleet' },
  { page: 'incidents', icon: 'incidents', text: 'Incidents' },
  { page: 'silences', icon: 'silences', text: 'Silences' },
  { page: 'deliveries', icon: 'deliveries', text: 'Deliveries' },
  { page: 'receivers', icon: 'receivers', text: 'Receivers' },
  { page: 'start', icon: 'start', text: 'Send data' },
];

const railStyles = css`
  :host {
    position: sticky;
    top: 0;
    display: flex;
    flex-direction: column;
    height: 100vh;
    padding: 12px;
    border-right: 1px solid var(--lw-line);
    background: var(--lw-surface);
  }
  .brand {
    display: flex;
    align-items: center;
    gap: 8px;
    height: 32px;
    padding: 0 8px;
    margin-bottom: 12px;
    color: var(--lw-text);
    font-weight: 650;
    text-decoration: none;
  }
  .brand img {
    width: 20px;
    height: 20px;
  }
  nav ul {
    display: grid;
    gap: 2px;
  }
  nav a {
    display: flex;
    align-items: center;
    gap: 10px;
    min-height: 32px;
    padding: 4px 8px;
    border-radius: 6px;
    color: var(--lw-quiet);
    font-weight: 500;
    text-decoration: none;
  }
  nav a:hover {
    background: var(--lw-raised);
    color: var(--lw-text);
  }
  nav a[aria-current='page'] {
    background: var(--lw-accent-soft);
    color: var(--lw-text);
  }
  nav a[aria-current='page'] lw-icon {
    color: var(--lw-accent);
  }
  .account {
    display: grid;
    gap: 8px;
    margin-top: auto;
    padding: 12px 8px 4px;
    border-top: 1px solid var(--lw-line);
    font-size: 13px;
    line-height: 18px;
  }
  .account select {
    width: 100%;
    min-height: 28px;
    padding: 2px 4px;
    border-color: var(--lw-line);
    font-size: 13px;
  }
  .account label {
    margin: 0;
    font-weight: 400;
  }
  .account button {
    justify-self: start;
    margin-left: -6px;
  }
  @media (max-width: 800px) {
    :host {
      position: static;
      height: auto;
      padding: 0 16px 80px;
      border: 0;
      background: none;
    }
    .brand {
      display: none;
    }
    nav {
      position: fixed;
      inset: auto 0 0;
      z-index: 3;
      border-top: 1px solid var(--lw-line);
      background: var(--lw-surface);
    }
    nav ul {
      grid-auto-flow: column;
      grid-auto-columns: minmax(0, 1fr);
      gap: 0;
      padding: 4px 2px;
    }
    nav a {
      flex-direction: column;
      gap: 2px;
      min-height: 52px;
      padding: 4px 0;
      justify-content: center;
      text-align: center;
      font-size: 11px;
      line-height: 13px;
    }
  }
`;

/** Where one can go, and whose session this is. */
@customElement('lw-rail')
export class Rail extends LitElement {
  static override styles = [base, controls, railStyles];
  @property() path = '';
  @property() tenant: string | null = null;
  @property({ attribute: false }) me: Me | null = null;
  @state() private theme: Theme = chosenTheme();

  override render() {
    return html`<a class="brand" href=${href(['fleet'], { tenant: this.tenant })}
        ><img src="./icon.svg" alt="" />Leeway</a
      >
      <nav aria-label="Main">
        <ul>
          ${LINKS.map((link) => this.link(link))}
        </ul>
      </nav>
      ${this.account()}`;
  }

  private link({ page, icon, text }: (typeof LINKS)[number]) {
    const here = this.path.split('/')[0] === page || (page === 'fleet' && this.path.startsWith('models'));
    return html`<li>
      <a href=${href([page], { tenant: this.tenant })} aria-current=${here ? 'page' : 'false'}
        ><lw-icon name=${icon}></lw-icon>${text}</a
      >
    </li>`;
  }

  private account() {
    return html`<div class="account">
      <label
        >Theme
        <select @change=${(event: Event) => this.paint((event.target as HTMLSelectElement).value as Theme)}>
          ${THEMES.map(
            (theme) =>
              html`<option value=${theme} ?selected=${theme === this.theme}>
                ${theme === 'system' ? 'As the system' : theme === 'light' ? 'Light' : 'Dark'}
              </option>`,
          )}
        </select></label
      >
      <span class="quiet wrap">${this.me?.principal.name}</span>
      <button class="plain" type="button" @click=${() => this.dispatchEvent(new Event('sign-out'))}>
        <lw-icon name="leave"></lw-icon>Sign out
      </button>
    </div>`;
  }

  private paint(theme: Theme): void {
    this.theme = theme;
    applyTheme(theme);
  }
}
