import { css, html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { fieldOf } from '../forms.ts';
import { Page } from '../page.ts';
import { base, controls, surfaces } from '../styles.ts';

/** Who are you? A key is exchanged for a session; it is not kept in the browser. */
@customElement('page-sign-in')
export class SignInPage extends Page {
  static override styles = [
    base,
    controls,
    surfaces,
    css`
      .brand {
        display: flex;
        align-items: center;
        gap: 10px;
        margin-bottom: 24px;
      }
      img {
        width: 28px;
        height: 28px;
      }
      .card {
        padding: 24px;
      }
      form {
        display: grid;
        gap: 12px;
        margin: 16px 0;
      }
      code {
        display: inline-block;
        font: 12.5px/18px var(--lw-mono);
        overflow-wrap: anywhere;
      }
    `,
  ];
  @state() private problem = '';
  @state() private busy = false;

  override render() {
    return html`<div class="brand"><img src="./icon.svg" alt="" /><span class="strong">Leeway</span></div>
      <div class="card">
        <h1>Sign in with a key</h1>
        <p class="quiet">The key opens a session in this browser and is not kept.</p>
        <form @submit=${this.submit}>
          ${this.field()}
          <button class="primary" type="submit" aria-disabled=${this.busy ? 'true' : 'false'}>Sign in</button>
        </form>
        <p class="quiet small">
          No key? An operator makes one on the machine that runs Leeway:<br /><code
            >./leeway keys create --tenant NAME --scope read</code
          ><br />or prints a link that signs a browser in once:<br /><code>./leeway sign-in</code>
        </p>
      </div>`;
  }

  private field() {
    const bad = this.problem !== '';
    return html`<div class="field">
      <label for="key">Key</label>
      <input
        id="key"
        name="key"
        type="password"
        autocomplete="current-password"
        required
        aria-invalid=${bad ? 'true' : 'false'}
        aria-describedby="problem"
      />
      <p class="problem" id="problem" role="alert">${bad ? this.problem : nothing}</p>
    </div>`;
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const key = fieldOf(event.target as HTMLFormElement, 'key');
    if (key === '') return;
    this.busy = true;
    this.problem = '';
    try {
      const me = await api.signIn(key);
      this.dispatchEvent(new CustomEvent('lw-signed-in', { detail: me, bubbles: true, composed: true }));
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  };
}
