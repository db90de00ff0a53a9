/** What a command may touch of the world around it. */
export interface CommandContext {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

export interface Command {
  readonly usage: string;
  readonly about: string;
  /** Returns the exit code, or null to stay alive. */
  readonly run: (context: CommandContext) => Promise<number | null>;
}
