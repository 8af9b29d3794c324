/// The scripts of pages.
enum PageScript {
  /// What every page does: tips, legends, the theme. `window.covey.attach(element)` does it for content that came later.
  ///
  /// Words from the record only ever become text nodes.
  static let text = """
    "use strict";
    (function () {
    \(state)
    \(formats)
    \(tip)
    \(marks)
    \(figures)
    \(theme)
    window.covey = {attach: attach};
    attach(document);
    })();
    """

  /// What outlives the replacement of a live page's content: hidden series and open details, by figure.
  private static let state = """
    const SVG = "http://www.w3.org/2000/svg";
    const hiddenSeries = new Map();
    const openDetails = new Set();
    const attached = new WeakSet();
    """

  /// Values as the figures' labels have them.
  private static let formats = #"""
    function significant(value, digits) {
      if (value === 0) return "0";
      const magnitude = Math.floor(Math.log10(Math.abs(value)));
      if (magnitude < -4 || magnitude >= 7) return value.toExponential(1).replace("-", "−");
      return value.toFixed(Math.max(0, digits - 1 - magnitude)).replace("-", "−");
    }
    function bytes(value) {
      const units = ["B", "kB", "MB", "GB", "TB"];
      let place = 0;
      while (Math.abs(value) >= 1000 && place < units.length - 1) { value /= 1000; place += 1; }
      return significant(value, 3) + " " + units[place];
    }
    function words(value, format) {
      if (value === null || value === undefined) return "–";
      switch (format) {
        case "percent": return (value * 100).toFixed(1) + "%";
        case "points": return (value > 0 ? "+" : "") + (value * 100).toFixed(1);
        case "difference": return (value > 0 ? "+" : "") + significant(value, 3);
        case "bytes": return bytes(value);
        case "count": return Number.isInteger(value) ? String(value) : value.toFixed(1);
        default: return significant(value, 4);
      }
    }
    function share(axis, value) {
      if (value === null || value === undefined || (axis.log && value <= 0)) return null;
      const f = axis.log ? Math.log10 : function (x) { return x; };
      return Math.min(1, Math.max(0, (f(value) - f(axis.min)) / (f(axis.max) - f(axis.min))));
    }
    """#

  /// The one tip of a page.
  private static let tip = """
    function filled(style) { return style < 0 ? "fb" : "f" + (style % 8); }
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    tip.setAttribute("role", "status");
    document.body.appendChild(tip);
    function showTip(x, y, heading, rows) {
      tip.replaceChildren();
      const title = document.createElement("b");
      title.textContent = heading;
      tip.appendChild(title);
      for (const row of rows) {
        const line = document.createElement("div");
        if (row.style !== undefined) {
          const swatch = document.createElement("i");
          swatch.style.background = row.style < 0 ? "var(--muted)" : "var(--s" + (row.style % 8) + ")";
          line.appendChild(swatch);
        }
        const name = document.createElement("span");
        name.textContent = row.name;
        line.appendChild(name);
        const value = document.createElement("strong");
        value.textContent = row.value;
        line.appendChild(value);
        if (row.more) {
          const more = document.createElement("em");
          more.textContent = row.more;
          line.appendChild(more);
        }
        tip.appendChild(line);
      }
      tip.hidden = false;
      const box = tip.getBoundingClientRect();
      let left = x + 16;
      if (left + box.width > window.innerWidth - 8) left = x - box.width - 16;
      let top = y - box.height / 2;
      left = Math.max(8, Math.min(left, window.innerWidth - box.width - 8));
      top = Math.max(8, Math.min(top, window.innerHeight - box.height - 8));
      tip.style.left = left + "px";
      tip.style.top = top + "px";
    }
    """

  /// What is marked in a plot, and what is said about it, by the kind of chart.
  private static let marks = #"""
    function mark(panel, name, attributes) {
      const element = document.createElementNS(SVG, name);
      for (const key in attributes) element.setAttribute(key, attributes[key]);
      element.classList.add("hover");
      panel.node.appendChild(element);
    }
    function clear(view) {
      for (const node of view.svg.querySelectorAll(".hover")) node.remove();
      tip.hidden = true;
    }
    function isShown(view, series) { return !view.hidden.has(series); }
    const kinds = {
      lines: {
        count: function (data) { return data.xs.length; },
        nearest: function (view, panel, x) {
          const data = panel.data;
          let best = 0, distance = Infinity;
          data.xs.forEach(function (value, index) {
            const place = panel.x + share(data.x, value) * panel.width;
            if (Math.abs(place - x) < distance) { distance = Math.abs(place - x); best = index; }
          });
          return best;
        },
        show: function (view, panel, index) {
          const data = panel.data, at = data.xs[index];
          const x = panel.x + share(data.x, at) * panel.width;
          mark(panel, "line", {"class": "cross", x1: x, x2: x, y1: panel.y, y2: panel.y + panel.height});
          const rows = [];
          let top = panel.y + panel.height / 2;
          for (const line of data.series) {
            if (!isShown(view, line.s)) continue;
            const value = line.v[index], up = share(data.y, value);
            const row = {name: view.data.names[line.s], style: view.data.styles[line.s], value: words(value, data.y.format), sort: value};
            if (value === null || value === undefined) { if (data.series.length > 12) continue; }
            if (line.lo && line.lo[index] !== null && line.lo[index] !== undefined && line.lo[index] !== line.hi[index]) {
              row.more = words(line.lo[index], data.y.format) + " to " + words(line.hi[index], data.y.format);
            }
            rows.push(row);
            if (up !== null) {
              top = panel.y + (1 - up) * panel.height;
              mark(panel, "circle", {"class": "spot " + filled(row.style), cx: x, cy: top, r: 4});
            }
          }
          rows.sort(function (a, b) { return (b.sort ?? -Infinity) - (a.sort ?? -Infinity); });
          return {x: x, y: top, heading: panel.title + data.x.name + " " + words(at, data.x.format), rows: rows};
        }
      },
      paths: {
        list: function (view, data) {
          const all = [];
          for (const path of data.series) {
            if (isShown(view, path.s)) path.v.forEach(function (_, index) { all.push([path, index]); });
          }
          return all;
        },
        count: function (data, view) { return kinds.paths.list(view, data).length; },
        place: function (panel, item) {
          const across = share(panel.data.x, item[0].x[item[1]]), up = share(panel.data.y, item[0].v[item[1]]);
          return across === null || up === null ? null : [panel.x + across * panel.width, panel.y + (1 - up) * panel.height];
        },
        nearest: function (view, panel, x, y) {
          let best = 0, distance = Infinity;
          kinds.paths.list(view, panel.data).forEach(function (item, index) {
            const place = kinds.paths.place(panel, item);
            if (!place) return;
            const d = Math.hypot(place[0] - x, place[1] - y);
            if (d < distance) { distance = d; best = index; }
          });
          return best;
        },
        show: function (view, panel, index) {
          const item = kinds.paths.list(view, panel.data)[index], data = panel.data;
          const place = item && kinds.paths.place(panel, item);
          if (!place) return null;
          const style = view.data.styles[item[0].s];
          mark(panel, "circle", {"class": "spot " + filled(style), cx: place[0], cy: place[1], r: 5.5});
          return {x: place[0], y: place[1], heading: view.data.names[item[0].s] + ", " + item[0].t[item[1]], rows: [
            {name: data.y.name, style: style, value: words(item[0].v[item[1]], data.y.format)},
            {name: data.x.name, value: words(item[0].x[item[1]], data.x.format)}]};
        }
      },
      heat: {
        count: function (data) { return data.columns.length; },
        rows: function (data) { return data.rows.length; },
        nearest: function (view, panel, x, y) {
          const data = panel.data;
          panel.row = Math.max(0, Math.min(data.rows.length - 1, Math.floor((y - panel.y) / panel.height * data.rows.length)));
          return Math.max(0, Math.min(data.columns.length - 1, Math.floor((x - panel.x) / panel.width * data.columns.length)));
        },
        show: function (view, panel, index) {
          const data = panel.data, row = panel.row || 0;
          const width = panel.width / data.columns.length, height = panel.height / data.rows.length;
          const x = panel.x + index * width, y = panel.y + row * height;
          mark(panel, "rect", {"class": "cell", x: x, y: y, width: width, height: height});
          const value = data.values[row][index];
          return {x: x + width, y: y + height / 2, heading: panel.title + data.rows[row] + ", " + data.columnName + " " + data.columns[index],
            rows: [{name: data.name, value: value === null ? "not recorded" : words(value, data.format)}]};
        }
      },
      bars: {
        count: function (data) { return data.columns.length; },
        nearest: function (view, panel, x) {
          const count = panel.data.columns.length;
          return Math.max(0, Math.min(count - 1, Math.floor((x - panel.x) / panel.width * count)));
        },
        show: function (view, panel, index) {
          const data = panel.data, width = panel.width / data.columns.length, x = panel.x + index * width;
          mark(panel, "rect", {"class": "cell", x: x, y: panel.y, width: width, height: panel.height});
          return {x: x + width, y: panel.y + panel.height / 2, heading: panel.title + data.columnName + " " + data.columns[index],
            rows: data.series.filter(function (one) { return isShown(view, one.s); }).map(function (one) {
              return {name: view.data.names[one.s], style: view.data.styles[one.s], value: words(one.v[index], data.y.format)};
            })};
        }
      }
    };
    """#

  /// What a figure listens to.
  private static let figures = #"""
    function attachDrawing(figure, data, hidden, svg) {
      const view = {svg: svg, data: data, hidden: hidden, panels: [], panel: 0, index: -1};
      for (const node of svg.querySelectorAll("g.panel")) {
        const place = node.dataset.plot.split(" ").map(Number);
        const panelData = data.panels[Number(node.dataset.panel)];
        const title = panelData.title ? panelData.title + ", " : "";
        view.panels.push({node: node, data: panelData, title: title, x: place[0], y: place[1], width: place[2], height: place[3], row: 0});
      }
      if (!view.panels.some(function (panel) { return kinds[panel.data.kind]; })) return;
      const scale = function () { return svg.getBoundingClientRect().width / svg.viewBox.baseVal.width; };
      function show(panel, index) {
        clear(view);
        const kind = kinds[panel.data.kind];
        if (!kind || kind.count(panel.data, view) === 0) return;
        view.panel = view.panels.indexOf(panel);
        view.index = index;
        const what = kind.show(view, panel, index);
        if (!what) return;
        const box = svg.getBoundingClientRect(), factor = scale();
        showTip(box.left + what.x * factor, box.top + what.y * factor, what.heading, what.rows);
      }
      function point(event) {
        const box = svg.getBoundingClientRect(), factor = scale();
        const x = (event.clientX - box.left) / factor, y = (event.clientY - box.top) / factor;
        const slack = 8;
        const panel = view.panels.find(function (panel) {
          return x >= panel.x - slack && x <= panel.x + panel.width + slack && y >= panel.y - slack && y <= panel.y + panel.height + slack;
        });
        const kind = panel && kinds[panel.data.kind];
        if (!kind || kind.count(panel.data, view) === 0) { clear(view); return; }
        show(panel, kind.nearest(view, panel, x, y));
      }
      svg.addEventListener("pointermove", point);
      svg.addEventListener("pointerdown", point);
      svg.addEventListener("pointerleave", function () { clear(view); });
      svg.setAttribute("tabindex", "0");
      svg.addEventListener("blur", function () { clear(view); });
      svg.addEventListener("keydown", function (event) {
        const panel = view.panels[view.panel], kind = kinds[panel.data.kind];
        if (!kind) return;
        const count = kind.count(panel.data, view);
        if (count === 0) return;
        switch (event.key) {
          case "ArrowRight": view.index = Math.min(count - 1, view.index + 1); break;
          case "ArrowLeft": view.index = Math.max(0, view.index - 1); break;
          case "Home": view.index = 0; break;
          case "End": view.index = count - 1; break;
          case "ArrowDown": case "ArrowUp": {
            const step = event.key === "ArrowDown" ? 1 : -1;
            const rows = kind.rows ? kind.rows(panel.data) : 1;
            if (panel.row + step >= 0 && panel.row + step < rows) {
              panel.row += step;
            } else {
              const next = view.panels[view.panel + step];
              if (!next) return;
              next.row = step > 0 || !kind.rows ? 0 : kind.rows(next.data) - 1;
              view.panel += step;
            }
            break;
          }
          case "Escape": clear(view); return;
          default: return;
        }
        event.preventDefault();
        const shown = view.panels[view.panel];
        const most = kinds[shown.data.kind].count(shown.data, view) - 1;
        show(shown, Math.max(0, Math.min(view.index, most)));
      });
    }
    function attachFigure(figure) {
      const name = figure.dataset.figure;
      const source = figure.querySelector("script[type='application/json']");
      if (!source || attached.has(figure)) return;
      attached.add(figure);
      const data = JSON.parse(source.textContent);
      if (!hiddenSeries.has(name)) hiddenSeries.set(name, new Set());
      const names = hiddenSeries.get(name);
      const hidden = new Set();
      function apply() {
        hidden.clear();
        data.names.forEach(function (one, index) { if (names.has(one)) hidden.add(index); });
        for (const node of figure.querySelectorAll(".drawing [data-series]")) {
          node.style.display = hidden.has(Number(node.dataset.series)) ? "none" : "";
        }
        for (const key of figure.querySelectorAll("button.key")) {
          key.setAttribute("aria-pressed", String(!hidden.has(Number(key.dataset.series))));
        }
      }
      for (const key of figure.querySelectorAll(".key")) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "key";
        button.dataset.series = key.dataset.series;
        button.title = "Show or hide";
        button.append(...key.childNodes);
        key.replaceWith(button);
        button.addEventListener("click", function () {
          const one = data.names[Number(button.dataset.series)];
          if (!names.delete(one)) names.add(one);
          apply();
        });
      }
      apply();
      for (const svg of figure.querySelectorAll(".drawing svg")) attachDrawing(figure, data, hidden, svg);
    }
    function attach(root) {
      if (!tip.hidden && !document.querySelector(".hover")) tip.hidden = true;
      for (const figure of root.querySelectorAll("figure[data-figure]")) attachFigure(figure);
      for (const details of root.querySelectorAll("details[id]")) {
        if (openDetails.has(details.id)) details.open = true;
        details.addEventListener("toggle", function () {
          if (details.open) openDetails.add(details.id); else openDetails.delete(details.id);
        });
      }
      attachTheme(root);
    }
    """#

  /// The button for light, dark or what the system says.
  private static let theme = #"""
    function attachTheme(root) {
      const place = root.querySelector("[data-theme-place]");
      if (!place) return;
      const names = ["auto", "light", "dark"];
      const button = document.createElement("button");
      button.type = "button";
      button.className = "theme";
      function set(name) {
        if (name === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = name;
        button.textContent = "Theme: " + name;
        button.dataset.name = name;
        try { localStorage.setItem("covey-theme", name); } catch (error) { /* A file may not keep anything. */ }
      }
      let known = document.documentElement.dataset.theme;
      try { known = localStorage.getItem("covey-theme") || known; } catch (error) { /* As above. */ }
      set(names.includes(known) ? known : "auto");
      button.addEventListener("click", function () { set(names[(names.indexOf(button.dataset.name) + 1) % 3]); });
      place.replaceChildren(button);
    }
    """#
}
