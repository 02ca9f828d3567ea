// A password can be looked at while it is typed; it is covered again before the form is sent.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  const words = button.querySelector("span");
  const show = words.textContent;
  const cover = (covered) => {
    field.type = covered ? "password" : "text";
    words.textContent = covered ? show : button.dataset.hide;
  };
  button.addEventListener("click", () => cover(field.type === "text"));
  button.form.addEventListener("submit", () => cover(true));
}

document.documentElement.classList.add("scripted");
