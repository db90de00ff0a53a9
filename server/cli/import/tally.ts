import type { Rejection } from '../../model.ts';
import type { Answer } from './send.ts';

/** What became of the rows of an import. */
export class Tally {
  sent = 0;
  accepted = 0;
  repeated = 0;
  requests = 0;
  readonly #refused = new Map<string, Rejection>();
  readonly #warned = new Map<string, Rejection>();

  add(rows: number, answer: Answer): void {
    this.sent += rows;
    this.requests += 1;
    this.accepted += answer.accepted;
    this.repeated += answer.repeated;
    for (const rejection of answer.rejected) this.refuse(rejection);
    for (const warning of answer.warnings) gather(this.#warned, warning);
  }

  refuse(rejection: Rejection): void {
    gather(this.#refused, rejection);
  }

  get refused(): number {
    return [...this.#refused.values()].reduce((sum, { count }) => sum + count, 0);
  }

  lines(): readonly string[] {
    return [
      `sent ${number(this.sent)} rows in ${number(this.requests)} requests: ${number(this.accepted)} accepted, of these ${number(this.repeated)} repeated, and ${number(this.refused)} refused`,
      ...[...this.#refused.values()].map(
        ({ reason, count, message }) => `  refused ${number(count)} ${reason}: ${message}`,
      ),
      ...[...this.#warned.values()].map(
        ({ reason, count, message }) => `  warned ${number(count)} ${reason}: ${message}`,
      ),
    ];
  }
}

function number(value: number): string {
  return value.toLocaleString('en');
}

/** The words of the first of a reason stand for all. */
function gather(into: Map<string, Rejection>, rejection: Rejection): void {
  const known = into.get(rejection.reason);
  into.set(
    rejection.reason,
    known === undefined ? rejection : { ...known, count: known.count + rejection.count },
  );
}
