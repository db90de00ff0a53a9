import { svg, type SVGTemplateResult } from 'lit';

/** Icons as SVG content for a 16 x 16 view box, drawn with the current colour. */
const stroke = (path: string): SVGTemplateResult =>
  svg`<path d=${path} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />`;

export const ICONS = {
  fleet: stroke('M2.5 3.5h11M2.5 8h11M2.5 12.5h11'),
  incidents: stroke('M8 2.2 14.3 13H1.7zM8 6.5v3M8 11.2v.1'),
  silences: stroke('M3.5 11.5V7a4.5 4.5 0 0 1 7.6-3.2M12.5 7v4.5M2.5 11.5h7.5M6.5 13.8h3M2.2 2.2l11.6 11.6'),
  deliveries: stroke('M14 2.5 2 7.2l4.6 2.2L8.8 14zM14 2.5 6.6 9.4'),
  receivers: stroke('M2 4h12v8H2zM2.5 4.5 8 8.8l5.5-4.3'),
  start: stroke('M8 13.5v-9M4.5 7.5 8 4l3.5 3.5M2.5 2h11'),
  chevron: stroke('M6 3.5 10.5 8 6 12.5'),
  back: stroke('M10 3.5 5.5 8l4.5 4.5'),
  copy: stroke('M5.5 5.5h7v8h-7zM3.5 10.5v-8h7'),
  check: stroke('M3 8.5 6.5 12 13 4.5'),
  cross: stroke('M4 4l8 8M12 4l-8 8'),
  theme: stroke('M8 2.5v11a5.5 5.5 0 0 0 0-11zM8 2.5a5.5 5.5 0 0 0 0 11'),
  leave: stroke('M9.5 2.5h-6v11h6M7 8h7M11.5 5.5 14 8l-2.5 2.5'),
} as const;

export type IconName = keyof typeof ICONS;
