/** Text into HTML: whatever a recording holds, it stays text. */
import {stripControls} from '../../text/strip-controls.ts';

const ENTITIES: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

/** For the text of an element and for a quoted attribute. */
export function escapeHtml(text: string): string {
	return stripControls(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/** JSON inside `<script type="application/json">`: no `</script>` and no comment can begin in it. */
export function scriptJson(value: unknown): string {
	return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (sign) => {
		return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
	});
}
