// The files of the project, the picture that is shown, its frame, and the box in which its figure is.

import { frameUrl, get, upload } from './api.js';
import { byId, button } from './dom.js';
import { showing, toast } from './toasts.js';

export class Library extends EventTarget {
  constructor() {
    super();
    this.files = [];
    this.current = null; // {path, kind, width, height, frames, rate}
    this.number = 0; // of the frame
    this.boxes = {}; // by path; null for the whole picture
    byId('open').onclick = () => byId('file').click();
    byId('file').onchange = async (event) => {
      await this.take([...event.target.files]);
      event.target.value = '';
    };
    byId('filter').oninput = () => this.list();
    byId('frame').oninput = (event) => this.goTo(Number(event.target.value));
    byId('frame-number').onchange = (event) => this.goTo(Number(event.target.value) || 0);
    byId('frame-back').onclick = () => this.goTo(this.number - 1);
    byId('frame-forward').onclick = () => this.goTo(this.number + 1);
    this.listenToDrops();
    this.open = showing(this.open.bind(this));
  }

  async load() {
    const { files, more } = await get('files');
    this.files = files;
    this.list();
    if (more) toast(`only the first ${files.length} files of the project are listed`);
  }

  list() {
    const wanted = byId('filter').value.toLowerCase();
    byId('files').replaceChildren(
      ...this.files
        .filter((path) => path.toLowerCase().includes(wanted))
        .map((path) => {
          const item = document.createElement('li');
          item.ariaCurrent = String(path === this.current?.path);
          // written from right to left so that long paths lose their beginning; the mark keeps slashes in place
          item.append(button(`\u200e${path}`, () => this.open(path), { title: path }));
          return item;
        }),
    );
  }

  async open(path, frame = 0) {
    const described = await get('media', { path });
    this.current = described;
    // undefined where nobody has chosen one yet
    if (this.boxes[path] === undefined) this.boxes[path] = described.box;
    this.number = Math.min(frame, described.frames - 1);
    if (!this.files.includes(path)) this.files = [path, ...this.files];
    this.list();
    this.changed();
  }

  goTo(frame) {
    if (!this.current) return;
    const number = Math.min(Math.max(frame, 0), this.current.frames - 1);
    if (number === this.number) return;
    this.number = number;
    this.changed();
  }

  // To the next frame of a video, so many further, or to the next picture; false at the end.
  async step(direction, frames) {
    if (!this.current) return false;
    if (this.current.kind === 'video') {
      const number = this.number + direction * frames;
      if (number < 0 || number >= this.current.frames) return false;
      this.goTo(number);
      return true;
    }
    const next = this.files[this.files.indexOf(this.current.path) + direction];
    if (next === undefined) return false;
    await this.open(next);
    return true;
  }

  changed() {
    const video = this.current.frames > 1;
    byId('frames').hidden = !video;
    byId('frame').max = byId('frame-number').max = this.current.frames - 1;
    byId('frame').value = byId('frame-number').value = this.number;
    byId('frame-count').textContent = `of ${this.current.frames - 1}, ${(this.number / (this.current.rate || 1)).toFixed(2)} s`;
    this.dispatchEvent(new Event('change'));
  }

  get url() {
    return this.current && frameUrl(this.current.path, this.number);
  }

  get box() {
    return this.current ? (this.boxes[this.current.path] ?? null) : null;
  }

  set box(box) {
    this.boxes[this.current.path] = box ?? null;
    this.dispatchEvent(new Event('change'));
  }

  // What the server calls a view.
  get view() {
    return this.current && { path: this.current.path, frame: this.number, box: this.box };
  }

  async take(files) {
    let last = null;
    for (const file of files) {
      try {
        const described = await upload(file);
        if (!this.files.includes(described.path)) this.files = [described.path, ...this.files];
        last = described.path;
      } catch (error) {
        toast(error.message, true);
      }
    }
    if (last) await this.open(last);
  }

  listenToDrops() {
    const sheet = byId('drop');
    const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');
    addEventListener('dragover', (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      sheet.hidden = false;
    });
    addEventListener('dragleave', (event) => {
      if (!event.relatedTarget) sheet.hidden = true;
    });
    addEventListener('drop', (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      sheet.hidden = true;
      this.take([...event.dataTransfer.files]);
    });
  }
}
