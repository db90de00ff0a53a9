/** Who is told of what and when: routes, calendars, inhibition. Types only. */

/** One condition on a label, in the sense of Alertmanager; expressions are RE2 and anchored. */
export interface Matcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/**
 * A tree of routes with ids. The first matching child wins unless it `continues`; a node without a matching child takes
 * the alert itself. What a route does not say it has from its parent.
 */
export interface RouteSettings {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  /** Later routes beside it are tried too. */
  readonly continues: boolean;
  /** All are told. */
  readonly receivers: readonly string[];
  /** Labels whose values make one group; `...` alone: all of them. */
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** Calendars: told only inside one of them; none: always. */
  readonly active: readonly string[];
  /** Calendars: not told inside any of them. */
  readonly muted: readonly string[];
  readonly escalate: readonly EscalationStep[];
  /** Told as well when a page has reached none of the receivers for five minutes. */
  readonly fallback: readonly string[];
  readonly routes: readonly RouteSettings[];
}

/** Told so long after the first notice while something fires that is not acknowledged (or not resolved). */
export interface EscalationStep {
  readonly afterMs: number;
  readonly unless: 'acknowledged' | 'resolved';
  readonly receivers: readonly string[];
}

export interface CalendarSettings {
  readonly id: string;
  /** IANA. */
  readonly timeZone: string;
  /** A moment is inside when any of these holds it. */
  readonly spans: readonly CalendarSpan[];
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Every condition that is not null must hold; of the ranges of one condition any. */
export interface CalendarSpan {
  /** 0 Sunday to 6 Saturday. */
  readonly weekdays: readonly Range[] | null;
  /** Of the day; `to` is not part of it, and before `from` it goes over midnight. */
  readonly minutes: readonly Range[] | null;
  /** 2026-12-24, both ends part of it. */
  readonly dates: readonly { readonly from: string; readonly to: string }[] | null;
  /** Negative: from the end of the month. */
  readonly daysOfMonth: readonly Range[] | null;
  readonly months: readonly Range[] | null;
  readonly years: readonly Range[] | null;
}

/** While an alert fires that `source` fits, those that `target` fits are not told, when the labels of `equal` agree. */
export interface InhibitSettings {
  readonly id: string;
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}
