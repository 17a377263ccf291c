// Small helpers for the page's elements.

export const byId = (id) => document.getElementById(id);

export function button(text, act, attributes = {}) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.onclick = act;
  Object.assign(made, attributes);
  return made;
}

export function fillSelect(select, titles, chosen = 0) {
  select.replaceChildren(...titles.map((title, number) => new Option(title, number)));
  select.value = String(Math.max(0, Math.min(chosen, titles.length - 1)));
}

// A list of joints with their colours; `at` is what stands at the right of each.
export function fillJoints(list, skeleton, at, chosen, choose) {
  list.replaceChildren(
    ...skeleton.names.map((name, joint) => {
      const item = document.createElement('li');
      const made = button('', () => choose(joint), { tabIndex: -1 });
      const dot = document.createElement('span');
      dot.className = 'dot';
      dot.style.background = skeleton.colors[joint];
      const place = document.createElement('span');
      place.className = 'at';
      place.textContent = at[joint] ?? '';
      made.append(dot, name, place);
      made.setAttribute('aria-selected', joint === chosen);
      item.classList.toggle('open', at[joint] === '');
      item.append(made);
      return item;
    }),
  );
  // only the list is scrolled, never the page
  const here = list.children[chosen];
  if (here && (here.offsetTop < list.scrollTop + list.offsetTop || here.offsetTop > list.scrollTop + list.offsetTop + list.clientHeight - 24)) {
    list.scrollTop = here.offsetTop - list.offsetTop - list.clientHeight / 2;
  }
}

// How far an arrow key moves a joint, in pixels of the picture, or null.
export function nudge(event) {
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!direction) return null;
  const step = event.shiftKey ? 10 : event.altKey ? 0.1 : 1;
  return direction.map((value) => value * step);
}

export const shortName = (path) => path.split('/').at(-1);
