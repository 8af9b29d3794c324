extension PageScript {
  /// What a live page does besides: each event `revision` of `events?…` has it fetch `content?…` and show it.
  static let live = """
    "use strict";
    (function () {
      const query = location.search;
      const main = document.getElementById("page");
      const source = new EventSource("events" + query);
      source.addEventListener("revision", async function (event) {
        if (event.data === main.dataset.revision) return;
        const answer = await fetch("content" + query);
        if (!answer.ok) return;
        main.innerHTML = await answer.text();
        main.dataset.revision = event.data;
        window.covey.attach(main);
      });
    })();
    """
}
