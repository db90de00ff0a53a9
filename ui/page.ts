import { LitElement } from 'lit';
import { property } from 'lit/decorators.js';
import type { Match } from './router.ts';
import type { Me, Scope } from './types.ts';

export const SAY = 'lw-say';
export const TITLE = 'lw-title';

/** What every page is given by the frame, and how it talks back. */
export abstract class Page extends LitElement {
  @property({ attribute: false }) route: Match = { path: '', params: {}, query: {} };
  @property({ attribute: false }) me: Me | null = null;

  /** The tenant chosen in the frame, or null for all. */
  protected get tenant(): string | null {
    return this.route.query['tenant'] ?? null;
  }

  protected may(scope: Scope): boolean {
    const scopes = this.me?.principal.scopes ?? [];
    return scopes.includes(scope) || scopes.includes('admin');
  }

  /** Spoken politely to screen readers. */
  protected say(text: string): void {
    this.dispatchEvent(new CustomEvent(SAY, { detail: text, bubbles: true, composed: true }));
  }

  /** The name of what is shown, for the browser's title. */
  protected entitle(text: string): void {
    this.dispatchEvent(new CustomEvent(TITLE, { detail: text, bubbles: true, composed: true }));
  }
}
