extension PageScript {
  /// What a live page does besides: each event `revision` has it fetch its content and take over what differs, so that
  /// scroll, focus, selection, open details and hidden series stay as they are.
  static let live = #"""
    "use strict";
    (function () {
    const main = document.getElementById("page");
    const isList = main.dataset.source === "list";
    const covey = window.covey;
    \#(morphing)
    \#(following)
    \#(filters)
    \#(list)
    if (isList) { covey.changed = applyList; readList(); applyList(); }
    listen();
    })();
    """#

  /// Makes old nodes equal to new ones, changing as little as it can.
  private static let morphing = #"""
    let takesForms = false;
    function adopt(node) {
      if (node.nodeType !== 1) return node;
      const place = document.createElement("div");
      place.append(node);
      covey.attach(place);
      return node;
    }
    function isSameFigure(old, wanted) {
      const was = old.querySelector("script"), is = wanted.querySelector("script");
      const about = function (figure) { const node = figure.querySelector("figcaption"); return node ? node.textContent : figure.textContent; };
      return (was ? was.textContent : "") === (is ? is.textContent : "") && about(old) === about(wanted);
    }
    function replaceFigure(old, wanted) {
      const parts = "svg[tabindex], button, summary, a";
      const focus = Array.from(old.querySelectorAll(parts)).indexOf(document.activeElement);
      adopt(wanted);
      // What is said of a point that is gone is gone, too.
      if (old.querySelector(".hover")) for (const tip of document.querySelectorAll(".tip")) tip.hidden = true;
      old.replaceWith(wanted);
      if (focus >= 0) { const node = wanted.querySelectorAll(parts)[focus]; if (node) node.focus({preventScroll: true}); }
    }
    function morphNode(old, wanted) {
      if (old.nodeType !== 1) { if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue; return; }
      if (old.dataset && old.dataset.figure) { if (!isSameFigure(old, wanted)) replaceFigure(old, wanted); return; }
      if (old.hasAttribute("data-theme-place")) return;
      const kept = ["open", "hidden", "aria-pressed", "disabled", "checked", "selected"];
      if (old.nodeName === "INPUT") kept.push("value");
      for (const one of Array.from(wanted.attributes)) {
        if (!kept.includes(one.name) && old.getAttribute(one.name) !== one.value) old.setAttribute(one.name, one.value);
      }
      for (const one of Array.from(old.attributes)) {
        if (!kept.includes(one.name) && !wanted.hasAttribute(one.name)) old.removeAttribute(one.name);
      }
      if (takesForms) {
        if (old.nodeName === "INPUT" && old !== document.activeElement) { old.checked = wanted.hasAttribute("checked"); old.value = wanted.getAttribute("value") || (old.type === "checkbox" ? "on" : ""); }
      }
      const choice = wanted.nodeName === "SELECT" ? wanted.value : null;
      morphChildren(old, wanted);
      if (choice !== null && (takesForms || old !== document.activeElement)) old.value = choice;
    }
    // Blank text between elements says nothing, and would only stand in the way.
    function isBlank(node) { return node.nodeType === 3 && !/\S/.test(node.nodeValue); }
    function solid(node) { while (node && isBlank(node)) node = node.nextSibling; return node; }
    function morphChildren(old, wanted) {
      const known = new Map();
      for (const child of old.children) if (child.id) known.set(child.nodeName + child.id, child);
      const ids = new Set();
      for (const child of wanted.children) if (child.id) ids.add(child.nodeName + child.id);
      let at = solid(old.firstChild);
      for (const child of Array.from(wanted.childNodes)) {
        if (isBlank(child)) continue;
        // What goes away goes first, so that what stays need not be moved.
        while (at && at.id && !ids.has(at.nodeName + at.id)) { const next = solid(at.nextSibling); at.remove(); at = next; }
        let match = null;
        if (child.id) match = known.get(child.nodeName + child.id) || null;
        else if (at && at.nodeName === child.nodeName && !at.id) match = at;
        if (!match) { old.insertBefore(adopt(child), at); continue; }
        if (match === at) at = solid(at.nextSibling); else old.insertBefore(match, at);
        morphNode(match, child);
      }
      while (at) { const next = solid(at.nextSibling); at.remove(); at = next; }
    }
    """#

  /// Follows the server: events say that something changed, never what.
  private static let following = #"""
    const state = document.createElement("p");
    state.className = "state";
    state.setAttribute("role", "status");
    document.body.appendChild(state);
    function say(word, text) { state.dataset.state = word; if (state.textContent !== text) state.textContent = text; }
    let isBusy = false, isDue = false;
    async function load() {
      if (isBusy) { isDue = true; return; }
      isBusy = true;
      try {
        do {
          isDue = false;
          const search = location.search;
          main.setAttribute("aria-busy", "true");
          const answer = await fetch(main.dataset.source + (isList ? "" : search), {cache: "no-store"});
          const text = await answer.text();
          if (!isList && search !== location.search) { isDue = true; continue; }
          const template = document.createElement("template");
          template.innerHTML = text;
          morphChildren(main, template.content);
          takesForms = false;
          main.dataset.revision = answer.headers.get("X-Covey-Revision") || "";
          const title = main.querySelector("h1");
          if (title) document.title = title.textContent + " · Covey";
          if (covey.changed) covey.changed();
        } while (isDue);
      } catch (error) {
        say("off", "The server does not answer");
      } finally {
        isBusy = false;
        main.removeAttribute("aria-busy");
      }
    }
    let source = null, retry = 0;
    function listen() {
      if (source) source.close();
      clearTimeout(retry);
      source = null;
      // A hidden page keeps no connection: a browser has six for all of its pages of one server.
      if (document.hidden) return;
      source = new EventSource(isList ? "events?view=list" : "events" + location.search);
      source.onopen = function () { say("on", "Live"); };
      source.addEventListener("revision", function (event) { if (event.data !== main.dataset.revision) load(); });
      source.onerror = function () {
        say("off", "Not connected");
        // The browser tries again by itself, except where the server refused.
        if (source && source.readyState === EventSource.CLOSED) retry = setTimeout(listen, 4000);
      };
    }
    document.addEventListener("visibilitychange", listen);
    window.addEventListener("pagehide", function () { if (source) source.close(); });
    window.addEventListener("pageshow", function (event) { if (event.persisted) listen(); });
    """#

  /// The form of a page of runs: what it says is the page's address.
  private static let filters = #"""
    function go(form) {
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(form)) {
        if (value !== "" && !(name === "metric" && value === "accuracy")) fields.append(name, value);
      }
      const arms = fields.getAll("arm");
      if (fields.has("baseline") && arms.length > 0 && !arms.includes(fields.get("baseline"))) fields.delete("baseline");
      const search = fields.size > 0 ? "?" + fields : "";
      if (search === location.search) return;
      history.pushState(null, "", location.pathname + search);
      load();
      listen();
    }
    document.addEventListener("change", function (event) { if (event.target.form && event.target.form.id === "filters") go(event.target.form); });
    document.addEventListener("submit", function (event) { if (event.target.id === "filters") { event.preventDefault(); go(event.target); } });
    window.addEventListener("popstate", function () {
      if (isList) { readList(); applyList(); return; }
      takesForms = true;
      load();
      listen();
    });
    """#

  /// The list of runs: its filter and its selection, both in the page's address.
  private static let list = #"""
    let words = "", statuses = new Set(), chosen = new Set();
    function readList() {
      const fields = new URLSearchParams(location.search);
      words = fields.get("q") || "";
      statuses = new Set(fields.getAll("status"));
      chosen = new Set(fields.getAll("run"));
      const box = document.getElementById("filter");
      if (box) box.value = words;
    }
    function writeList(isStep) {
      const fields = new URLSearchParams();
      if (words) fields.set("q", words);
      for (const status of statuses) fields.append("status", status);
      for (const run of chosen) fields.append("run", run);
      const address = location.pathname + (fields.size > 0 ? "?" + fields : "");
      if (isStep) history.pushState(null, "", address); else history.replaceState(null, "", address);
      applyList();
    }
    function applyList() {
      const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const section of main.querySelectorAll("section.experiment")) {
        let count = 0;
        for (const row of section.querySelectorAll("tr[data-run]")) {
          const fits = (statuses.size === 0 || statuses.has(row.dataset.status))
            && parts.every(function (part) { return row.dataset.text.includes(part); });
          row.hidden = !fits;
          if (fits) count += 1;
          const box = row.querySelector("input[name=run]");
          box.checked = chosen.has(box.value);
        }
        section.hidden = count === 0;
        shown += count;
      }
      for (const chip of main.querySelectorAll("[data-status].chip")) chip.setAttribute("aria-pressed", String(statuses.has(chip.dataset.status)));
      const nothing = document.getElementById("nothing");
      if (nothing) nothing.hidden = shown > 0;
      const compare = document.getElementById("compare");
      if (compare) {
        compare.disabled = chosen.size === 0;
        compare.textContent = chosen.size === 0 ? "Compare" : "Compare " + chosen.size + (chosen.size === 1 ? " run" : " runs");
      }
      const clear = document.getElementById("clear");
      if (clear) clear.hidden = chosen.size === 0 && statuses.size === 0 && words === "";
    }
    main.addEventListener("input", function (event) {
      if (event.target.id !== "filter") return;
      words = event.target.value;
      writeList(false);
    });
    main.addEventListener("click", function (event) {
      const chip = event.target.closest("[data-status].chip");
      if (chip) {
        if (!statuses.delete(chip.dataset.status)) statuses.add(chip.dataset.status);
        writeList(true);
      } else if (event.target.id === "clear") {
        words = "";
        statuses.clear();
        chosen.clear();
        document.getElementById("filter").value = "";
        writeList(true);
      }
    });
    main.addEventListener("change", function (event) {
      if (!isList || event.target.name !== "run") return;
      if (event.target.checked) chosen.add(event.target.value); else chosen.delete(event.target.value);
      writeList(false);
    });
    """#
}
