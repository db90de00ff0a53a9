import { css } from 'lit';

/** Shared by all elements: text, links, buttons, fields. */
export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host {
    display: block;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  dl,
  dd,
  ol,
  ul,
  figure {
    margin: 0;
    padding: 0;
  }
  ol,
  ul {
    list-style: none;
  }
  h1 {
    font-size: 20px;
    line-height: 28px;
    font-weight: 600;
    letter-spacing: -0.01em;
  }
  h1,
  h2,
  h3 {
    overflow-wrap: anywhere;
  }
  h1:focus {
    outline: none;
  }
  h2 {
    font-size: 14px;
    line-height: 20px;
    font-weight: 600;
  }
  h3 {
    font-size: 13px;
    line-height: 18px;
    font-weight: 600;
  }
  a {
    color: var(--lw-accent);
    text-decoration: underline;
    text-decoration-color: color-mix(in srgb, currentColor 35%, transparent);
    text-underline-offset: 3px;
  }
  a:hover {
    text-decoration-color: currentColor;
  }
  :focus-visible {
    outline: 2px solid var(--lw-accent);
    outline-offset: 2px;
    border-radius: 4px;
  }
  .quiet {
    color: var(--lw-quiet);
  }
  .small {
    font-size: 13px;
    line-height: 18px;
  }
  .mono {
    font-family: var(--lw-mono);
    font-size: 12.5px;
  }
  .strong {
    font-weight: 600;
  }
  .nowrap {
    white-space: nowrap;
  }
  .wrap {
    overflow-wrap: anywhere;
  }
  .hidden-text {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
      animation: none !important;
    }
  }
`;

export const controls = css`
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: 32px;
    padding: 5px 12px;
    border: 1px solid var(--lw-edge);
    border-radius: 6px;
    background: var(--lw-surface);
    color: var(--lw-text);
    font: 500 13px/20px var(--lw-sans);
    text-decoration: none;
    cursor: pointer;
    transition: background-color 80ms;
  }
  button:hover,
  .button:hover {
    background: var(--lw-raised);
  }
  button.primary,
  .button.primary {
    border-color: var(--lw-accent);
    background: var(--lw-accent);
    color: var(--lw-on-accent);
  }
  button.primary:hover,
  .button.primary:hover {
    border-color: var(--lw-accent-hover);
    background: var(--lw-accent-hover);
  }
  button.plain {
    min-height: 24px;
    padding: 2px 6px;
    border-color: transparent;
    background: none;
    color: var(--lw-quiet);
  }
  button.plain:hover {
    background: var(--lw-raised);
    color: var(--lw-text);
  }
  button[aria-disabled='true'],
  button:disabled {
    cursor: default;
    opacity: 0.55;
  }
  label {
    display: block;
    margin-bottom: 4px;
    font-size: 13px;
    line-height: 18px;
    font-weight: 500;
  }
  input,
  select,
  textarea {
    min-height: 32px;
    padding: 5px 10px;
    border: 1px solid var(--lw-edge);
    border-radius: 6px;
    background: var(--lw-surface);
    color: var(--lw-text);
    font: 14px/20px var(--lw-sans);
    max-width: 100%;
  }
  select {
    padding-right: 4px;
  }
  .field {
    min-width: 0;
  }
  .field input,
  .field select,
  .field textarea {
    width: 100%;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .field .problem {
    margin-top: 6px;
  }
  .problem:empty {
    display: none;
  }
  .problem {
    color: var(--lw-crit);
    font-size: 13px;
    line-height: 18px;
  }
`;

/** A surface with a hairline, and the head of a section. */
export const surfaces = css`
  .card {
    border: 1px solid var(--lw-line);
    border-radius: var(--lw-radius);
    background: var(--lw-surface);
    min-width: 0;
  }
  .padded {
    padding: 16px;
  }
  .section {
    margin-top: 32px;
  }
  .section-head {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    gap: 4px 16px;
    margin-bottom: 12px;
  }
  .section-head p {
    color: var(--lw-quiet);
    font-size: 13px;
    line-height: 18px;
  }
  .stack {
    display: grid;
    gap: 16px;
    grid-template-columns: minmax(0, 1fr);
  }
  dl.facts {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 24px;
    font-size: 13px;
    line-height: 18px;
  }
  dl.facts > div {
    display: flex;
    gap: 6px;
    min-width: 0;
  }
  dl.facts dt {
    color: var(--lw-quiet);
  }
  dl.facts dd {
    overflow-wrap: anywhere;
  }
`;
