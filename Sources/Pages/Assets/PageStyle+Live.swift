extension PageStyle {
  /// What pages of a server have besides: the list of runs, filters, and whether the server is there.
  static let live = """
    [hidden]{display:none!important}
    .back{margin:0 0 10px;font-size:13px}
    .back a::before{content:"← "}
    .tools{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;background:var(--surface);border:1px solid var(--grid);border-radius:8px;
      padding:10px 14px;margin:14px 0 18px;font-size:13px}
    #bar{position:sticky;top:0;z-index:5}
    .tools input[type=search],.tools input[type=text],.tools select{font:inherit;color:var(--ink);background:var(--page);border:1px solid var(--axis);
      border-radius:6px;padding:4px 8px;max-width:100%}
    .tools select{max-width:26ch}
    .tools input[type=search]{flex:1 1 220px;min-width:0}
    .chips{display:flex;flex-wrap:wrap;gap:6px;align-items:center}
    .chip{display:inline-flex;align-items:center;gap:6px;font:inherit;color:var(--ink);background:none;border:1px solid var(--grid);
      border-radius:999px;padding:2px 10px;cursor:pointer;max-width:100%}
    .chip:hover{background:var(--soft)}
    .chip span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:30ch}
    .chip input{appearance:none;position:absolute;margin:0;width:0;height:0}
    .chip:has(input:checked),.chip[aria-pressed=true]{border-color:var(--link);color:var(--link);background:var(--soft)}
    .chip:has(input:focus-visible){outline:2px solid var(--link);outline-offset:2px}
    .fields{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center}
    .fields label{color:var(--muted)}
    .actions{display:flex;gap:8px;margin-left:auto}
    .plain,.primary{font:inherit;border-radius:6px;padding:4px 12px;border:1px solid var(--axis);background:none;color:var(--ink);cursor:pointer}
    .primary{background:var(--link);border-color:var(--link);color:var(--surface);font-weight:600}
    .primary:disabled{background:none;color:var(--muted);border-color:var(--axis);font-weight:400;cursor:default}
    .experiment .head{display:flex;gap:12px;align-items:baseline;justify-content:space-between}
    .experiment h2{margin:0;overflow-wrap:anywhere}
    .runs{width:100%;margin-top:6px}
    .runs td{vertical-align:middle;padding:5px 8px}
    .runs tbody tr:hover{background:var(--soft)}
    .runs .pick{width:26px;padding-left:2px}
    .runs .accuracy{font-weight:600}
    .runs .note{max-width:34ch;white-space:normal}
    .runs .status{white-space:nowrap}
    .runs .spark{width:136px}
    .curve{display:block;width:120px;height:26px;overflow:visible}
    .progress{display:inline-block;width:72px;vertical-align:middle;margin-right:8px}
    .progress svg{display:block;width:100%;height:6px;border-radius:3px}
    .track{fill:var(--grid)}
    .done{fill:var(--link)}
    .count{color:var(--muted)}
    .dot{display:inline-block;width:8px;height:8px;border-radius:50%;background:var(--axis);margin-right:6px;flex:none}
    .chip .dot{margin:0}
    .dot.running{background:var(--link);animation:pulse 2s ease-in-out infinite}
    .dot.finished{background:var(--good)}
    .dot.failed,.dot.cut-off{background:var(--bad)}
    @keyframes pulse{50%{opacity:.35}}
    @media (prefers-reduced-motion:reduce){.dot.running{animation:none}}
    .state{position:fixed;right:12px;bottom:10px;margin:0;padding:2px 10px;font-size:12px;border-radius:999px;color:var(--muted);
      background:var(--surface);border:1px solid var(--grid)}
    .state:empty{display:none}
    .state::before{content:"";display:inline-block;width:7px;height:7px;border-radius:50%;margin-right:6px;background:var(--bad)}
    .state[data-state=on]::before{background:var(--good)}
    @media screen and (max-width:620px){
    .tools{padding:10px 12px}
    #bar{position:static}
    .runs .spark,.progress{display:none}
    .runs td,.runs th{padding:7px 4px}
    .runs td.words{overflow-wrap:anywhere;min-width:0}
    .runs th.status,.runs td.status{padding-left:0;padding-right:0}
    .runs th.status{font-size:0}
    .runs .status .word{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    .runs .note{display:none}
    .actions{margin-left:0;width:100%}
    .primary{flex:1}
    }
    @media print{.tools,.back,.state,.pick{display:none}}

    """
}
