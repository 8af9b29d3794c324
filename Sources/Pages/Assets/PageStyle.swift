internal import Figures

/// The style sheet of all pages: light and dark by the reader's preference or choice, for screens from 320 pixels and
/// for paper.
enum PageStyle {
  /// The sheet.
  static let text: String = {
    let light = variables(Palette.light, extra: lightExtra)
    let dark = variables(Palette.dark, extra: darkExtra)
    return ":root{color-scheme:light;\(light)}\n"
      + "@media screen and (prefers-color-scheme:dark){:root:not([data-theme]){color-scheme:dark;\(dark)}}\n"
      + "@media screen{:root[data-theme=dark]{color-scheme:dark;\(dark)}}\n"
      + Palette.rules { "var(--\($0))" } + rules + narrowRules + printRules
  }()

  private static func variables(_ colours: Palette.Colours, extra: String) -> String {
    colours.named.map { "--\($0.name):\($0.colour);" }.joined() + extra
  }

  private static let lightExtra = "--page:#f4f6f8;--good:#1a7f37;--bad:#b42318;--link:#0b5cad;--soft:#eef2f6;"
  private static let darkExtra = "--page:#0d0f13;--good:#4cc26a;--bad:#ff8a80;--link:#6cb6ff;--soft:#1e232b;"

  private static let rules = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--page);color:var(--ink);line-height:1.5;
      font:15px/1.5 system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,"Liberation Sans",sans-serif}
    main{max-width:900px;margin:0 auto;padding:28px 20px 60px}
    h1{font-size:26px;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
    h2{font-size:19px;margin:40px 0 12px}
    h3{font-size:15px;margin:0 0 8px}
    p{margin:0 0 10px;overflow-wrap:anywhere}
    a{color:var(--link)}
    .meta{color:var(--muted);font-size:13px}
    .verdict{font-size:17px;background:var(--surface);border-left:4px solid var(--heat);border-radius:6px;padding:12px 16px;margin:16px 0}
    nav{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;margin:12px 0 0}
    .theme{float:right;margin:0 0 8px 12px;font:inherit;font-size:13px;color:var(--ink);background:var(--surface);border:1px solid var(--axis);
      border-radius:6px;padding:3px 10px;cursor:pointer}
    .counts{display:flex;flex-wrap:wrap;gap:6px 18px;list-style:none;padding:0;margin:10px 0 0;font-size:13px;color:var(--muted)}
    .counts b{color:var(--ink)}
    .bad{color:var(--bad)}
    figure,.card{margin:0 0 18px;background:var(--surface);border:1px solid var(--grid);border-radius:8px;padding:16px 18px}
    figcaption{font-size:13px;color:var(--muted);margin-top:10px;overflow-wrap:anywhere}
    .absent{color:var(--muted);margin:0}
    .drawing svg{display:block;width:100%;height:auto;overflow:visible;border-radius:2px}
    .drawing svg text{font-family:inherit}
    .drawing svg:focus{outline:none}
    .drawing svg:focus-visible{outline:2px solid var(--link);outline-offset:4px}
    .narrow{display:none}
    .legend{display:flex;flex-wrap:wrap;gap:2px 6px;list-style:none;margin:0 0 8px;padding:0;font-size:13px}
    .legend li{max-width:100%}
    .key{display:inline-flex;align-items:center;gap:7px;max-width:100%;padding:2px 7px 2px 3px;border:0;border-radius:5px;background:none;
      color:var(--ink);font:inherit;text-align:left}
    .key svg{flex:none;width:22px;height:10px}
    .key span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:34ch}
    button.key{cursor:pointer}
    button.key:hover{background:var(--soft)}
    button.key[aria-pressed=false]{opacity:.45;text-decoration:line-through}
    .scroll{overflow-x:auto;max-width:100%;-webkit-overflow-scrolling:touch}
    table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
    .caption{color:var(--muted);margin:0 0 4px;font-size:13px}
    th,td{padding:4px 10px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid);vertical-align:top}
    th{font-weight:600;color:var(--muted);border-bottom:1px solid var(--axis)}
    th.words,td.words{text-align:left}
    td.words{white-space:normal;overflow-wrap:anywhere;max-width:36ch;min-width:7ch}
    th:first-child,td:first-child{padding-left:2px}
    td.bold{font-weight:700}
    td.dim{color:var(--muted)}
    .scroll+.caption{margin-top:18px}
    .matches{display:flex;flex-wrap:wrap;gap:22px 44px}
    .matches>div{max-width:100%}
    .card h3:not(:first-child){margin-top:20px}
    details{margin-top:10px;font-size:13px}
    summary{cursor:pointer;color:var(--link)}
    details[open]>summary{margin-bottom:8px}
    .csv{float:right;font-size:13px}
    pre{overflow-x:auto;background:var(--soft);border-radius:6px;padding:12px 14px;margin:8px 0;font:12.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
    .notes{margin:10px 0 0;padding-left:20px;font-size:13px;color:var(--muted)}
    .notes li{overflow-wrap:anywhere}
    .cross{stroke:var(--muted);stroke-width:1;pointer-events:none}
    .cell{fill:none;stroke:var(--ink);stroke-width:1.5;pointer-events:none}
    .spot{stroke:var(--surface);stroke-width:1.5;pointer-events:none}
    .tip{position:fixed;z-index:10;pointer-events:none;background:var(--surface);color:var(--ink);border:1px solid var(--axis);border-radius:6px;
      padding:7px 10px;font-size:12.5px;line-height:1.45;box-shadow:0 4px 14px rgba(0,0,0,.18);max-width:min(300px,calc(100vw - 16px));
      font-variant-numeric:tabular-nums}
    .tip[hidden]{display:none}
    .tip b{display:block;margin-bottom:2px;overflow-wrap:anywhere}
    .tip div{display:flex;gap:8px;align-items:center}
    .tip div span{flex:1;overflow-wrap:anywhere}
    .tip strong,.tip em{white-space:nowrap}
    .tip i{width:10px;height:10px;border-radius:3px;flex:none}
    .tip em{font-style:normal;color:var(--muted)}
    footer{font-size:12px;color:var(--muted);margin-top:40px}

    """

  private static let narrowRules = """
    @media screen and (max-width:620px){
    main{padding:18px 12px 40px}
    h1{font-size:22px}
    figure,.card{padding:12px 12px}
    .wide{display:none}
    .narrow{display:block}
    .key span{max-width:26ch}
    }

    """

  private static let printRules = """
    @media print{
    @page{margin:14mm}
    body{background:#fff;font-size:10.5pt}
    main{max-width:none;padding:0}
    nav,.theme,.csv,.tip,details,.cross,.cell,.spot{display:none}
    figure,.card{border:0;padding:0;margin:0 0 16px;break-inside:avoid}
    .card{break-inside:auto}
    h2,h3,.caption{break-after:avoid}
    tr{break-inside:avoid}
    .scroll{overflow:visible}
    table{font-size:8.5pt}
    th,td{padding:2px 6px;white-space:normal}
    button.key[aria-pressed=false]{display:none}
    .verdict{border:1px solid #a9b1ba;border-left-width:4px}
    }
    """
}
