// Where the focus goes after each step, and the Escape key. Everything else is done by the page's own parts.
const selfsownPage = (() => {
  const find = (selector) => document.querySelector(selector);
  // On a touch screen a focused text box would raise the keyboard over the answer.
  const isTouch = () => window.matchMedia("(pointer: coarse)").matches;
  // Parts that a step has just shown are there a few frames later.
  const focus = (selectors, tries = 40) => {
    const found = selectors.map(find).find((part) => part && part.offsetParent !== null && !part.disabled);
    if (found) {
      found.focus({ preventScroll: false });
    } else if (tries > 0) {
      setTimeout(() => focus(selectors, tries - 1), 50);
    }
  };
  const label = () => {
    const log = find("#so-log [role=log]") || find("#so-log");
    if (log && !log.dataset.labelled) {
      log.dataset.labelled = "yes";
      log.setAttribute("aria-label", "Conversation");
      log.setAttribute("tabindex", "0");
      new MutationObserver(() => log.querySelectorAll("[data-testid=user], [data-testid=bot]").forEach(mend)).observe(
        log, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label", "dir"] });
    }
    return log;
  };
  // The component repeats the escaped text in a label and writes every language from the left.
  const mend = (message) => {
    const who = message.dataset.testid === "user" ? "You" : "Model";
    if (message.getAttribute("aria-label") !== who) { message.setAttribute("aria-label", who); }
    if (message.getAttribute("role") !== "group") { message.setAttribute("role", "group"); }
    if (message.getAttribute("dir") !== "auto") { message.setAttribute("dir", "auto"); }
  };
  // A growing answer is read out once, when it is whole.
  const busy = (is) => label()?.setAttribute("aria-busy", String(is));
  const box = () => focus(isTouch() ? ["#so-log [role=log]"] : ["#so-box textarea"]);
  document.addEventListener("keydown", (event) => {
    const stop = find("#so-stop");
    if (event.key === "Escape" && stop && stop.offsetParent !== null) {
      stop.click();
    }
  });
  return {
    say: () => { label(); window.scrollTo({ top: 0 }); box(); },
    busy: () => busy(true),
    ready: () => { busy(false); box(); },
    rated: () => { window.scrollTo({ top: 0 }); focus(["#so-ending-title", "#so-box textarea"]); },
    again: () => focus(["#so-again"]),
    first: () => { window.scrollTo({ top: 0 }); focus(["#so-publish-first input"]); },
  };
})();
