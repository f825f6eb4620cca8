// Everything works without this file. It adds: drag and drop, sending as soon as a file is
// chosen, a word while waiting, and the print button.
"use strict";

const form = document.getElementById("check");

if (form) {
  const input = form.querySelector("input[type=file]");
  const status = form.querySelector("[role=status]");

  form.classList.add("scripted");
  const send = () => form.requestSubmit();

  const take = (file) => {
    const looksRight = file.type === "application/pdf" || /\.pdf$/i.test(file.name);
    if (!looksRight) {
      status.textContent = form.dataset.wrong;
      return;
    }
    const bag = new DataTransfer();
    bag.items.add(file);
    input.files = bag.files;
    send();
  };

  const takeSample = async (address) => {
    const response = await fetch(address);
    if (response.ok) {
      take(new File([await response.blob()], address.split("/").pop(), { type: "application/pdf" }));
    }
  };

  form.addEventListener("submit", () => {
    form.classList.add("busy");
    status.textContent = form.dataset.busy;
  });
  input.addEventListener("change", () => {
    if (input.files.length) send();
  });
  // A page that comes back from the browser's memory is no longer waiting.
  window.addEventListener("pageshow", () => {
    form.classList.remove("busy");
    status.textContent = "";
  });

  let depth = 0;
  const over = (isOver) => form.classList.toggle("over", isOver);
  document.addEventListener("dragenter", (event) => {
    event.preventDefault();
    depth += 1;
    over(true);
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    over(depth > 0);
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    over(false);
    const file = event.dataTransfer.files[0];
    const sample = event.dataTransfer.getData("application/x-qianyin-sample");
    if (file) take(file);
    else if (sample) takeSample(sample);
  });
  for (const button of document.querySelectorAll("[data-sample]")) {
    button.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("application/x-qianyin-sample", button.dataset.sample);
      event.dataTransfer.effectAllowed = "copy";
    });
  }
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
