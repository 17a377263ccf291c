// Undo and redo of states that are plain data.

export class History {
  constructor(state) {
    this.reset(state);
  }

  reset(state) {
    this.states = [JSON.stringify(state)];
    this.place = 0;
  }

  push(state) {
    const text = JSON.stringify(state);
    if (text === this.states[this.place]) return;
    this.states.splice(this.place + 1, Infinity, text);
    if (this.states.length > 200) this.states.shift();
    this.place = this.states.length - 1;
  }

  get canUndo() {
    return this.place > 0;
  }

  get canRedo() {
    return this.place < this.states.length - 1;
  }

  // The state before or after, or null.
  step(by) {
    const place = this.place + by;
    if (place < 0 || place >= this.states.length) return null;
    this.place = place;
    return JSON.parse(this.states[place]);
  }
}
