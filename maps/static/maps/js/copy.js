// Buttons that copy the field they name; without a clipboard, they select it.

const status = document.getElementById('copied')

async function copy(field) {
  field.select()
  try {
    await navigator.clipboard.writeText(field.value)
    status.textContent = 'Copié.'
  } catch {
    status.textContent = 'Sélectionné : copiez-le par Ctrl + C.'
  }
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', () => copy(document.getElementById(button.dataset.copy)))
}
