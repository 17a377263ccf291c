// Contact sheets and curves of trainings.

import { get } from './api.js';
import { curveColor, drawChart } from './chart.js';
import { byId, fillSelect } from './dom.js';
import { showing } from './toasts.js';
import { View } from './view.js';

export class Runs {
  constructor() {
    this.runs = null;
    this.content = null;
    this.chosen = new Set();
    this.view = new View(byId('sheet-view'), {}, 'Contact sheets of a training come here');
    this.open = showing(this.open.bind(this));
    byId('run').onchange = () => this.open(this.runs[Number(byId('run').value)].path);
    byId('sheet').oninput = () => this.showSheet();
    byId('log-scale').onchange = () => this.drawCurves();
    new ResizeObserver(() => this.drawCurves()).observe(byId('chart'));
  }

  async show() {
    if (this.runs) return;
    this.runs = (await get('runs')).runs;
    byId('run').disabled = !this.runs.length;
    if (!this.runs.length) {
      this.view.setEmpty('There is no training in the project folder: start the studio with --project where work_dirs is');
      return;
    }
    fillSelect(byId('run'), this.runs.map((run) => `${run.path} (${run.sheets})`));
    // the first with sheets is the most interesting
    const first = Math.max(0, this.runs.findIndex((run) => run.sheets));
    byId('run').value = first;
    await this.open(this.runs[first].path);
  }

  async open(path) {
    this.content = await get('run', { path });
    const { sheets, curves } = this.content;
    byId('sheet').max = Math.max(0, sheets.length - 1);
    byId('sheet').value = sheets.length - 1;
    byId('sheet').disabled = sheets.length < 2;
    const names = Object.keys(curves);
    const losses = names.filter((name) => /loss|error/i.test(name) && !/ratio/.test(name));
    this.chosen = new Set((losses.length ? losses : names).slice(0, 4));
    byId('curves').replaceChildren(
      ...names.map((name, number) => {
        const item = document.createElement('li');
        const label = document.createElement('label');
        const box = document.createElement('input');
        box.type = 'checkbox';
        box.checked = this.chosen.has(name);
        box.onchange = () => {
          if (box.checked) this.chosen.add(name);
          else this.chosen.delete(name);
          this.drawCurves();
        };
        const dot = document.createElement('span');
        dot.className = 'dot';
        dot.style.background = curveColor(number);
        label.append(box, dot, name);
        item.append(label);
        return item;
      }),
    );
    this.drawCurves();
    await this.showSheet();
    byId('runs').dataset.ready = path;
  }

  async showSheet() {
    const sheet = this.content.sheets[Number(byId('sheet').value)];
    byId('sheet-name').textContent = sheet ? `iteration ${sheet.iteration}` : 'no sheets';
    await this.view.setPicture(sheet ? `/api/sheet?${new URLSearchParams({ path: sheet.path })}` : null);
  }

  drawCurves() {
    if (!this.content) return;
    const curves = Object.entries(this.content.curves)
      .map(([name, curve], number) => ({ name, color: curveColor(number), ...curve }))
      .filter((curve) => this.chosen.has(curve.name));
    drawChart(byId('chart'), curves, byId('log-scale').checked, (text) => (byId('chart-value').textContent = text));
  }

  press(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !this.content) return false;
    byId('sheet').value = Number(byId('sheet').value) + by;
    this.showSheet();
    return true;
  }
}
