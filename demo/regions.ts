/** The US census regions, and what lies outside of them (territories). */
export const REGIONS = ['Northeast', 'Midwest', 'South', 'West', 'other'] as const;
export type Region = (typeof REGIONS)[number];

/** Source: US Census Bureau, "Census Regions and Divisions of the United States". */
const STATES: Readonly<Record<Exclude<Region, 'other'>, string>> = {
  Northeast: 'CT ME MA NH RI VT NJ NY PA',
  Midwest: 'IL IN MI OH WI IA KS MN MO NE ND SD',
  South: 'DE DC FL GA MD NC SC VA WV AL KY MS TN AR LA OK TX',
  West: 'AZ CO ID MT NV NM UT WY AK CA HI OR WA',
};

const REGION_OF_STATE = new Map<string, Region>(
  Object.entries(STATES).flatMap(([region, states]) =>
    states.split(' ').map((state): [string, Region] => [state, region as Region]),
  ),
);

/** The region of a two-letter state code; `other` for territories and unknown codes. */
export function regionOfState(state: string): Region {
  return REGION_OF_STATE.get(state) ?? 'other';
}
