/**
 * Epoch milliseconds of a date in a request, in any of the three formats; `undefined` if it is invalid. `Date.parse` is
 * too lenient, and takes the third for local time. https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 */
export function parseHttpDate(text: string): number | undefined {
  const fields = FORMATS.map((format) => format.exec(text)?.groups).find((groups) => groups !== undefined);
  if (fields === undefined) return undefined;
  const { year = "", month = "", day = "", time = "" } = fields;
  const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
  const ms = Date.UTC(fullYear(year), MONTHS.indexOf(month), Number(day), hours, minutes, seconds);
  const isReal = new Date(ms).getUTCDate() === Number(day) && hours < 24 && minutes < 60 && seconds < 60;
  return isReal ? ms : undefined;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = String.raw`(?<time>\d\d:\d\d:\d\d)`;
const FORMATS = [
  String.raw`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} GMT`,
  String.raw`(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} GMT`,
  String.raw`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})`,
].map((format) => new RegExp(`^${format}$`));

/** Of two digits, the year is the last that ends in them, unless the next is at most 50 years off. */
function fullYear(digits: string): number {
  if (digits.length > 2) return Number(digits);
  const now = new Date().getUTCFullYear();
  const year = now - now % 100 + Number(digits);
  return year > now + 50 ? year - 100 : year;
}
