// Short messages in the corner, and questions.

export function toast(message, bad = false) {
  const box = document.createElement('div');
  box.className = bad ? 'toast bad' : 'toast';
  box.append(message.charAt(0).toUpperCase() + message.slice(1));
  const close = document.createElement('button');
  close.textContent = '×';
  close.ariaLabel = 'Close';
  close.onclick = () => box.remove();
  box.append(close);
  const all = document.getElementById('toasts');
  all.append(box);
  while (all.children.length > 4) all.firstChild.remove();
  setTimeout(() => box.remove(), bad ? 12000 : 5000);
}

// Wraps a function so that its errors are shown.
export function showing(work) {
  return async (...inputs) => {
    try {
      return await work(...inputs);
    } catch (error) {
      toast(error.message, true);
      if (!error.status) console.error(error);
      return undefined;
    }
  };
}

export function confirmed(text, yes) {
  const dialog = document.getElementById('question');
  document.getElementById('question-text').textContent = text;
  document.getElementById('question-yes').textContent = yes;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
