/** Equal texts, and equal lists of texts, kept once: 100,000 messages name the same nodes and types again and again. */
export class Shared {
  text(text: string): string {
    const known = this._texts.get(text);
    if (known !== undefined) {
      return known;
    }
    this._texts.set(text, text);
    return text;
  }

  list(list: readonly string[]): readonly string[] {
    const key = list.join('\0');
    let known = this._lists.get(key);
    if (known === undefined) {
      known = list.map(text => this.text(text));
      this._lists.set(key, known);
    }
    return known;
  }

  private readonly _texts = new Map<string, string>();
  private readonly _lists = new Map<string, readonly string[]>();
}
