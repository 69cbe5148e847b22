"""The look of a report: one style sheet, for light and dark screens and for paper."""

STYLE = """
:root{--paper:#f7f4ee;--card:#fff;--ink:#20242c;--soft:#667085;--line:#e6e0d5;--blue:#2f62d9;--orange:#e0672f;--empty:#f3efe8}
@media (prefers-color-scheme:dark){:root{--paper:#15181e;--card:#1e232b;--ink:#e9e6df;--soft:#9aa3b2;--line:#333a45;
--blue:#7aa2ff;--orange:#f0905c;--empty:#262c35}img.drawing{filter:invert(1)}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1080px;margin:0 auto;padding:56px 24px 40px}
h1{font-size:46px;line-height:1.1;letter-spacing:-.02em;margin:6px 0 18px;max-width:18em}
h2{font-size:27px;letter-spacing:-.01em;margin:0 0 6px}
h3{font-size:16px;margin:0;width:112px;flex:none}
h3 span{display:block;font-weight:400;font-size:13px;color:var(--soft)}
p{margin:0 0 16px;max-width:47em}
.eyebrow{color:var(--orange);font-weight:600;margin:0}
.lede{font-size:20px;line-height:1.5;color:var(--ink);margin-bottom:30px}
section{margin-top:64px}
section>p{color:var(--soft)}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:20px}
.card p{color:var(--soft);font-size:14px;margin:12px 0 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:16px}
.cards b,.cards span{display:block;font-weight:400;color:var(--soft);font-size:14px;line-height:1.4}
.cards strong{display:block;font-size:34px;line-height:1.25;letter-spacing:-.02em}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:16px}
.said{align-self:center;padding:8px 12px}.said strong{display:block;font-size:20px;line-height:1.35;margin-bottom:10px}
.key{color:var(--soft);font-size:14px;margin:0 0 12px}
.key i{display:inline-block;width:22px;height:4px;border-radius:2px;margin:0 8px 4px 0}.key i+i,.key i.unseen{margin-left:22px}
i.seen{background:var(--orange)}i.unseen{background:var(--blue)}
svg{display:block;width:100%;height:auto;margin:0 auto}
svg text{font-size:12px;fill:var(--soft)}svg .name{font-size:13px;fill:var(--ink)}
.grid{stroke:var(--line)}.ideal{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:5 5}
.line{fill:none;stroke-width:2.5;stroke-linejoin:round}
.line.seen{stroke:var(--orange)}.line.unseen{stroke:var(--blue)}
.dot.seen{fill:var(--orange)}.dot.unseen,.bar.unseen,rect.right{fill:var(--blue)}rect.wrong{fill:var(--orange)}
rect.paper{fill:var(--empty)}
svg .count{font-size:11px;text-anchor:middle;pointer-events:none}svg .on-dark{fill:var(--card);font-weight:600}
svg .on-light{fill:var(--ink)}
table{border-collapse:collapse;width:100%;font-size:15px}
th,td{text-align:left;padding:6px 10px 6px 0;border-top:1px solid var(--line);font-weight:400;white-space:nowrap}
tr:first-child th{border:0;color:var(--soft);font-size:14px}tr+tr th{font-weight:600}
.track{display:inline-block;width:170px;height:10px;border-radius:5px;background:var(--empty);margin-right:10px;overflow:hidden}
.track i{display:block;height:10px;border-radius:5px}em{font-style:normal;font-variant-numeric:tabular-nums}
.pairs{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:16px;margin-bottom:16px}
.pair>div{display:flex;gap:20px;margin-top:12px}
figure{margin:0}figcaption{font-size:13px;line-height:1.35;color:var(--soft);margin-top:6px}
img.drawing{display:block;width:84px;height:84px;border:1px solid var(--line);border-radius:10px;background:#fff}
.pair figure{flex:1}.pair img.drawing{width:112px;height:112px}
.gallery{display:flex;gap:18px;padding:14px 0;border-top:1px solid var(--line)}.gallery:first-child{border:0;padding-top:0}
.gallery>div{display:flex;gap:14px 18px;flex-wrap:wrap}.gallery figure{width:104px}
.gallery figcaption{color:var(--ink)}figcaption small{display:block;color:var(--soft);font-size:12px}
.wide svg{max-width:760px}
.sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(440px,1fr));gap:16px;margin-top:16px;
align-items:start}
.sheet .card{display:flex;gap:20px;min-width:0}.sheet .card>div:last-child{min-width:0;flex:1}
.sheet .drawing{width:168px;height:168px;flex:none;image-rendering:pixelated}
.sheet div.drawing{display:grid;place-items:center;text-align:center;font-size:13px;color:var(--soft);
border:1px dashed var(--line);border-radius:10px}
.sheet strong{display:block;font-size:18px}.sheet .card p{margin:6px 0 0;overflow-wrap:anywhere}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--empty);border-radius:6px;
padding:1px 5px}
.sheet code{display:block;margin-top:12px;padding:6px 9px;overflow-wrap:anywhere;user-select:all}
dl{display:grid;grid-template-columns:170px 1fr;gap:8px 16px;margin:14px 0 0}dt{font-weight:600}dd{margin:0;color:var(--soft)}
footer{margin-top:64px;padding-top:18px;border-top:1px solid var(--line);color:var(--soft);font-size:14px}a{color:inherit}
@media (max-width:700px){.sheet{grid-template-columns:1fr}.sheet .card{flex-direction:column}
h1{font-size:34px}.track{width:70px}td:last-child,tr th:last-child:nth-child(4){display:none}
dl{display:block}.gallery{display:block}.gallery h3{width:auto;margin-bottom:8px}}
@media print{section{break-inside:avoid-page}body{background:#fff}}
"""
