import type { Rejection } from '../../model.ts';
import type { Outgoing } from './outgoing.ts';
import type { Answer } from './send.ts';

/** What became of the rows of an import. */
export class Tally {
  readonly #sent = { predictions: 0, labels: 0 };
  accepted = 0;
  repeated = 0;
  requests = 0;
  readonly #refused = new Map<string, Rejection>();
  readonly #warned = new Map<string, Rejection>();

  add(
    { route, rows }: Pick<Exclude<Outgoing, { unreadable: Rejection }>, 'route' | 'rows'>,
    answer: Answer,
  ): void {
    this.#sent[route] += rows;
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

  #sentText(): string {
    const { predictions, labels } = this.#sent;
    const parts = [
      ...(predictions > 0 || labels === 0 ? [counted(predictions, 'prediction')] : []),
      ...(labels > 0 ? [counted(labels, 'label')] : []),
    ];
    return parts.join(' and ');
  }

  lines(): readonly string[] {
    return [
      `sent ${this.#sentText()} in ${counted(this.requests, 'request')}: ${number(this.accepted)} accepted, of these ${number(this.repeated)} repeated, and ${number(this.refused)} refused`,
      ...[...this.#refused.values()].map(
        ({ reason, count, message }) => `  refused ${number(count)} ${reason}: ${message}`,
      ),
      ...[...this.#warned.values()].map(
        ({ reason, count, message }) => `  warned ${number(count)} ${reason}: ${message}`,
      ),
    ];
  }
}

function counted(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
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
