import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, versionText } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { VersionRow } from '../types.ts';
import './time.ts';

const named = css`
  .name {
    min-width: 120px;
    overflow-wrap: anywhere;
  }
`;

/** The versions that answered, the latest first. */
@customElement('lw-versions')
export class Versions extends LitElement {
  static override styles = [base, surfaces, tables, named];
  @property({ attribute: false }) versions: readonly VersionRow[] = [];

  override render() {
    const rows = [...this.versions].sort((a, b) => b.firstEventMs - a.firstEventMs);
    return html`<div class="card table-room">
      <table>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">First prediction</th>
            <th scope="col">Last prediction</th>
            <th scope="col" class="number">Predictions</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(row)}
        </tbody>
      </table>
    </div>`;
  }
}

function row(version: VersionRow) {
  return html`<tr>
    <td class="wide strong name">${versionText(version.version)}</td>
    <td><span class="cell-label">First prediction</span><lw-time .ms=${version.firstEventMs}></lw-time></td>
    <td><span class="cell-label">Last prediction</span><lw-time .ms=${version.lastEventMs}></lw-time></td>
    <td class="number"><span class="cell-label">Predictions</span>${count(version.predictions)}</td>
  </tr>`;
}
