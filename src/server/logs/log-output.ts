/**
 * Writes lines to a stream, those of one turn of the event loop together: under load one system call serves many
 * requests. What is left when the process exits is written then.
 */
export class LogOutput {
  static readonly stdout = new LogOutput(process.stdout);
  static readonly stderr = new LogOutput(process.stderr);
  private waiting = '';

  private constructor(private readonly stream: NodeJS.WriteStream) {
    process.once('exit', () => this.flush());
  }

  write(line: string): void {
    if (this.waiting === '') setImmediate(() => this.flush());
    this.waiting += line;
  }

  private flush(): void {
    const lines = this.waiting;
    this.waiting = '';
    if (lines !== '') this.stream.write(lines);
  }
}
