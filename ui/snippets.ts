import arrow from './snippets/arrow.py?raw';
import bentoml from './snippets/bentoml_service.py?raw';
import collector from './snippets/collector.yaml?raw';
import curl from './snippets/curl.sh?raw';
import go from './snippets/go/main.go?raw';
import java from './snippets/java/Main.java?raw';
import pythonOpenTelemetry from './snippets/python-opentelemetry.py?raw';
import python from './snippets/python.py?raw';
// oxlint-disable-next-line import/default -- taken as text; what it exports is not looked at
import typescript from './snippets/typescript.ts?raw';

/** First predictions in the languages of serving stacks: programs that run as they stand, with LEEWAY_KEY set. */
export const SNIPPETS: readonly { readonly id: string; readonly title: string; readonly code: string }[] = [
  { id: 'curl', title: 'curl', code: curl },
  { id: 'python', title: 'Python', code: python },
  { id: 'python-opentelemetry', title: 'Python, OpenTelemetry', code: pythonOpenTelemetry },
  { id: 'typescript', title: 'TypeScript', code: typescript },
  { id: 'go', title: 'Go', code: go },
  { id: 'java', title: 'Java', code: java },
  { id: 'collector', title: 'Collector', code: collector },
  { id: 'arrow', title: 'Batch job, Arrow', code: arrow },
  { id: 'bentoml', title: 'BentoML', code: bentoml },
];
