// Everything works without this file. It adds: drag and drop, sending as soon as a file is
// chosen with its progress, a word for what goes wrong on the way, and the print button.
"use strict";

const PDF = "application/pdf";
const SAMPLE = "application/x-qianyin-sample";

const readyPrinting = () => {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
};

let path = location.pathname;

// The answer is a whole page: it takes the place of this one, and its sentence is read aloud.
const show = (text, address) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  history.pushState(null, "", address);
  path = location.pathname;
  document.documentElement.lang = page.documentElement.lang;
  document.title = page.title;
  page.querySelector("[autofocus]")?.removeAttribute("autofocus");
  document.body.replaceWith(page.body);
  window.scrollTo(0, 0);
  readyPrinting();
  document.getElementById("verdict")?.focus();
};

const readyForm = (form) => {
  const input = form.querySelector("input[type=file]");
  const status = form.querySelector("[role=status]");
  const progress = form.querySelector("progress");
  form.classList.add("scripted");

  const say = (text) => {
    status.textContent = "";
    requestAnimationFrame(() => (status.textContent = text));
  };
  const rest = (text) => {
    form.classList.remove("busy", "over");
    progress.hidden = true;
    input.value = "";
    say(text);
  };

  const send = (file) => {
    if (form.classList.contains("busy")) return;
    if (file.type !== PDF && !/\.pdf$/i.test(file.name)) return rest(form.dataset.wrong);
    if (file.size > Number(form.dataset.mostBytes)) return rest(form.dataset.large);
    const content = new FormData(form);
    content.set("file", file, file.name);
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => {
      progress.value = event.loaded / event.total;
    };
    request.upload.onload = () => {
      progress.removeAttribute("value");
      say(form.dataset.busy);
    };
    request.onload = () => show(request.responseText, form.getAttribute("action"));
    request.onerror = () => rest(form.dataset.offline);
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    form.classList.add("busy");
    progress.hidden = false;
    progress.value = 0;
    say(form.dataset.sending);
    request.send(content);
  };

  const sendSample = async (address) => {
    try {
      const content = await (await fetch(address)).blob();
      send(new File([content], address.split("/").pop(), { type: PDF }));
    } catch {
      rest(form.dataset.offline);
    }
  };

  input.addEventListener("change", () => input.files.length && send(input.files[0]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files.length) send(input.files[0]);
  });

  let depth = 0;
  const over = (isOver) => form.classList.toggle("over", isOver);
  document.addEventListener("dragenter", (event) => {
    event.preventDefault();
    over(++depth > 0);
  });
  document.addEventListener("dragleave", () => over((depth = Math.max(0, depth - 1)) > 0));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    over(false);
    const [file] = event.dataTransfer.files;
    const sample = event.dataTransfer.getData(SAMPLE);
    if (file) send(file);
    else if (sample) sendSample(sample);
  });
  for (const card of document.querySelectorAll("[data-sample]")) {
    card.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData(SAMPLE, card.dataset.sample);
      event.dataTransfer.effectAllowed = "copy";
    });
  }
};

const form = document.getElementById("check");
if (form) readyForm(form);
readyPrinting();

// Going back from an answer leads to the form as it is on the server, not to what was replaced.
window.addEventListener("popstate", () => location.pathname !== path && location.reload());
