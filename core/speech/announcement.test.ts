import { readFileSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import { announce, LANGUAGES, speak } from "./announcement.js";
import { SpeechError, type SpeechErrorCode } from "./error.js";
import { date, digits, money, number, ordinal, pause, prompt, spelled, time, type Language, type SpeechPart } from "./part.js";

const textsOf = (language: Language): Record<string, string> => {
  const texts = parse(readFileSync(new URL(`../../../core/speech/prompts/${language}.yaml`, import.meta.url), "utf8")) as Record<string, string | { readonly text: string }>;
  return Object.fromEntries(Object.entries(texts).map(([name, entry]) => [name, typeof entry === "string" ? entry : entry.text]));
};

/** The text each recording is made from, so that the tables below read as what is heard. Compiled tests run in dist/core/speech. */
const TEXTS = Object.fromEntries(
  LANGUAGES.map((language) => [language, textsOf(language)]),
) as Record<Language, Record<string, string>>;

function heard(part: SpeechPart, language: Language): string {
  const words = speak([part], language).map((item) => (item.kind !== "prompt" ? "," : (TEXTS[language][item.name.replace("speech/", "")] ?? `(no recording of ${item.name})`)));
  return words.join(language === "en" ? " " : "");
}

type Table = readonly (readonly [SpeechPart, string])[];

const ZH_NUMBERS: Record<number, string> = {
  0: "零", 1: "一", 2: "二", 9: "九", 10: "十", 11: "十一", 12: "十二", 15: "十五", 19: "十九", 20: "二十", 21: "二十一", 22: "二十二", 99: "九十九",
  100: "一百", 101: "一百零一", 102: "一百零二", 105: "一百零五", 110: "一百一十", 111: "一百一十一", 112: "一百一十二", 120: "一百二十", 200: "二百", 202: "二百零二", 212: "二百一十二", 222: "二百二十二", 305: "三百零五", 999: "九百九十九",
  1000: "一千", 1001: "一千零一", 1010: "一千零一十", 1012: "一千零一十二", 1100: "一千一百", 1101: "一千一百零一", 1110: "一千一百一十", 2000: "两千", 2002: "两千零二", 2020: "两千零二十", 2200: "两千二百", 2222: "两千二百二十二", 3040: "三千零四十", 9999: "九千九百九十九",
  10000: "一万", 10001: "一万零一", 10010: "一万零一十", 10100: "一万零一百", 11000: "一万一千", 12000: "一万两千", 12345: "一万两千三百四十五", 20000: "两万", 20002: "两万零二", 20200: "两万零二百", 22000: "两万两千", 30303: "三万零三百零三",
  100000: "十万", 100010: "十万零一十", 110000: "十一万", 120000: "十二万", 200000: "二十万", 220000: "二十二万", 1000000: "一百万", 1020000: "一百零二万", 1100000: "一百一十万", 2000000: "二百万", 10000000: "一千万", 10000010: "一千万零一十", 20000000: "两千万", 20002000: "两千万两千", 20020002: "两千零二万零二", 99999999: "九千九百九十九万九千九百九十九",
};

const ZH: Table = [
  ...Object.entries(ZH_NUMBERS).map(([value, text]) => [number(Number(value)), text] as const),
  [money(0), "零元"], [money(1), "一分"], [money(2), "两分"], [money(5), "五分"], [money(10), "一角"], [money(20), "两角"], [money(25), "两角五分"], [money(50), "五角"], [money(100), "一元"],
  [money(105), "一元零五分"], [money(150), "一元五角"], [money(155), "一元五角五分"], [money(200), "两元"], [money(222), "两元两角两分"], [money(300), "三元"], [money(500), "五元"], [money(1000), "十元"], [money(1200), "十二元"],
  [money(2200), "二十二元"], [money(9500), "九十五元"], [money(9550), "九十五元五角"], [money(10000), "一百元"], [money(10005), "一百元零五分"], [money(20000), "二百元"], [money(200000), "两千元"], [money(2000000), "两万元"], [money(9_999_999_999), "九千九百九十九万九千九百九十九元九角九分"],
  [date("2026-11-24"), "十一月二十四日星期二"], [date("2026-01-01"), "一月一日星期四"], [date("2026-02-02"), "二月二日星期一"], [date("2026-05-10"), "五月十日星期日"], [date("2026-12-31"), "十二月三十一日星期四"], [date("2028-02-29"), "二月二十九日星期二"], [date("2026-10-20"), "十月二十日星期二"], [date("2026-08-15"), "八月十五日星期六"], [date("2026-07-22"), "七月二十二日星期三"], [date("2026-03-06"), "三月六日星期五"],
  [time("00:00"), "凌晨零点"], [time("00:30"), "凌晨零点三十分"], [time("02:00"), "凌晨两点"], [time("05:59"), "凌晨五点五十九分"], [time("06:00"), "上午六点"], [time("08:00"), "上午八点"], [time("08:05"), "上午八点零五分"], [time("08:10"), "上午八点十分"], [time("08:30"), "上午八点三十分"],
  [time("11:45"), "上午十一点四十五分"], [time("12:00"), "中午十二点"], [time("12:30"), "中午十二点三十分"], [time("13:00"), "下午一点"], [time("14:00"), "下午两点"], [time("14:02"), "下午两点零二分"], [time("17:00"), "下午五点"], [time("18:00"), "晚上六点"], [time("22:22"), "晚上十点二十二分"], [time("23:59"), "晚上十一点五十九分"],
  [digits(""), ""], [digits("1"), "一"], [digits("0012"), "零零一二"], [digits("95001"), "九五零零一"], [digits("123456"), "一二三四,五六"], [digits("10000001"), "一零零零,零零零一"], [digits("13800000002"), "一三八,零零零零,零零零二"], [digits("*0#"), "星号零井号"],
];

const EN_NUMBERS: Record<number, string> = {
  0: "zero", 1: "one", 2: "two", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve", 13: "thirteen", 15: "fifteen", 19: "nineteen", 20: "twenty", 21: "twenty one", 30: "thirty", 42: "forty two", 55: "fifty five", 66: "sixty six", 77: "seventy seven", 88: "eighty eight", 99: "ninety nine",
  100: "one hundred", 101: "one hundred and one", 105: "one hundred and five", 110: "one hundred and ten", 112: "one hundred and twelve", 120: "one hundred and twenty", 199: "one hundred and ninety nine", 200: "two hundred", 222: "two hundred and twenty two", 305: "three hundred and five", 999: "nine hundred and ninety nine",
  1000: "one thousand", 1001: "one thousand and one", 1010: "one thousand and ten", 1099: "one thousand and ninety nine", 1100: "one thousand one hundred", 1101: "one thousand one hundred and one", 2000: "two thousand", 2020: "two thousand and twenty", 9999: "nine thousand nine hundred and ninety nine",
  10000: "ten thousand", 10001: "ten thousand and one", 12345: "twelve thousand three hundred and forty five", 20000: "twenty thousand", 21000: "twenty one thousand", 99099: "ninety nine thousand and ninety nine",
  100000: "one hundred thousand", 100001: "one hundred thousand and one", 105000: "one hundred and five thousand", 999999: "nine hundred and ninety nine thousand nine hundred and ninety nine",
  1000000: "one million", 1000001: "one million and one", 1000100: "one million one hundred", 1020000: "one million twenty thousand", 2500000: "two million five hundred thousand", 20000000: "twenty million", 99999999: "ninety nine million nine hundred and ninety nine thousand nine hundred and ninety nine",
};

const EN: Table = [
  ...Object.entries(EN_NUMBERS).map(([value, text]) => [number(Number(value)), text] as const),
  [money(0), "zero yuan"], [money(1), "one fen"], [money(5), "five fen"], [money(50), "fifty fen"], [money(100), "one yuan"], [money(105), "one yuan and five fen"], [money(150), "one yuan and fifty fen"], [money(300), "three yuan"], [money(500), "five yuan"], [money(1200), "twelve yuan"],
  [money(9500), "ninety five yuan"], [money(9555), "ninety five yuan and fifty five fen"], [money(10000), "one hundred yuan"], [money(19500), "one hundred and ninety five yuan"], [money(123456), "one thousand two hundred and thirty four yuan and fifty six fen"],
  [date("2026-11-24"), "Tuesday November twenty fourth"], [date("2026-01-01"), "Thursday January first"], [date("2026-02-02"), "Monday February second"], [date("2026-03-03"), "Tuesday March third"], [date("2026-04-05"), "Sunday April fifth"], [date("2026-05-08"), "Friday May eighth"], [date("2026-06-09"), "Tuesday June ninth"], [date("2026-07-11"), "Saturday July eleventh"],
  [date("2026-08-12"), "Wednesday August twelfth"], [date("2026-09-13"), "Sunday September thirteenth"], [date("2026-10-20"), "Tuesday October twentieth"], [date("2026-10-21"), "Wednesday October twenty first"], [date("2026-10-22"), "Thursday October twenty second"], [date("2026-12-23"), "Wednesday December twenty third"], [date("2026-12-30"), "Wednesday December thirtieth"], [date("2026-12-31"), "Thursday December thirty first"], [date("2028-02-29"), "Tuesday February twenty ninth"],
  [time("00:00"), "twelve midnight"], [time("00:05"), "twelve oh five A.M."], [time("00:30"), "twelve thirty A.M."], [time("01:00"), "one A.M."], [time("08:00"), "eight A.M."], [time("08:01"), "eight oh one A.M."], [time("08:10"), "eight ten A.M."], [time("08:30"), "eight thirty A.M."], [time("11:45"), "eleven forty five A.M."],
  [time("12:00"), "twelve noon"], [time("12:01"), "twelve oh one P.M."], [time("12:30"), "twelve thirty P.M."], [time("13:00"), "one P.M."], [time("14:00"), "two P.M."], [time("17:00"), "five P.M."], [time("18:20"), "six twenty P.M."], [time("23:59"), "eleven fifty nine P.M."],
  [digits(""), ""], [digits("7"), "seven"], [digits("95002"), "nine five zero zero two"], [digits("10000001"), "one zero zero zero , zero zero zero one"], [digits("123456"), "one two three four , five six"], [digits("13800000002"), "one three eight , zero zero zero zero , zero zero zero two"], [digits("*0#"), "star zero hash"],
];

for (const [language, table] of [["zh-CN", ZH], ["en", EN]] as const)
  t.test(`what is heard in ${language}: numbers, money, dates, times, digits`, async (t) => {
    t.ok(table.length >= 100, `${table.length} rows`);
    for (const [part, text] of table) t.equal(heard(part, language), text, JSON.stringify(part));
  });

/** A line: kind, value, what is heard in Mandarin and in English. Made by another grammar than ours. */
const SPOKEN = readFileSync(new URL("../../../core/speech/spoken.tsv", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => line.split("\t") as [kind: string, value: string, mandarin: string, english: string]);

const OF: Readonly<Record<string, (value: string) => SpeechPart>> = { number: (value) => number(Number(value)), ordinal: (value) => ordinal(Number(value)), money: (value) => money(Number(value)), date, time, digits, spelled };

for (const [kind, part] of Object.entries(OF))
  t.test(`what is heard of a ${kind}, by a table`, async (t) => {
    const rows = SPOKEN.filter((row) => row[0] === kind);
    t.ok(rows.length >= 200, `${rows.length} rows`);
    for (const [, value, mandarin, english] of rows) t.same([heard(part(value), "zh-CN"), heard(part(value), "en")], [mandarin, english], value);
  });

t.test("every number to ten thousand, every sum to 20 yuan, every day and every minute has its recordings", async (t) => {
  for (const language of LANGUAGES) {
    const parts: SpeechPart[] = [];
    for (let n = 0; n <= 10_000; n++) parts.push(number(n));
    for (let fen = 0; fen <= 2000; fen++) parts.push(money(fen));
    for (let day = 0; day < 366; day++) parts.push(date(new Date(Date.UTC(2028, 0, 1 + day)).toISOString().slice(0, 10)));
    for (let minute = 0; minute < 1440; minute++) parts.push(time(new Date(minute * 60_000).toISOString().slice(11, 16)));
    const silent = parts.filter((part) => heard(part, language) === "" || heard(part, language).includes("no recording"));
    t.same(silent, [], `${language}: ${parts.length} parts`);
    const numbers = new Set(parts.slice(0, 10_001).map((part) => heard(part, language)));
    t.equal(numbers.size, 10_001, `${language}: no two numbers sound alike`);
  }
});

t.test("a value that can't be spoken is a coded error, and digits are never repeated in it", async (t) => {
  const rows: readonly (readonly [SpeechPart, SpeechErrorCode])[] = [
    [number(-1), "SPEECH_NUMBER"],
    [number(1.5), "SPEECH_NUMBER"],
    [number(1_000_000_000_000), "SPEECH_NUMBER"],
    [ordinal(0), "SPEECH_NUMBER"],
    [ordinal(1_000_000), "SPEECH_NUMBER"],
    [spelled("A_1"), "SPEECH_SPELLING"],
    [spelled("é"), "SPEECH_SPELLING"],
    [spelled("a".repeat(33)), "SPEECH_SPELLING"],
    [number(Number.NaN), "SPEECH_NUMBER"],
    [money(-500), "SPEECH_NUMBER"],
    [money(0.5), "SPEECH_NUMBER"],
    [money(10_000_000_000), "SPEECH_NUMBER"],
    [digits("12a4"), "SPEECH_DIGITS"],
    [digits("1".repeat(33)), "SPEECH_DIGITS"],
    [date("2026-02-29"), "SPEECH_DATE"],
    [date("2026-13-01"), "SPEECH_DATE"],
    [date("2026-00-10"), "SPEECH_DATE"],
    [date("24.11.2026"), "SPEECH_DATE"],
    [date(""), "SPEECH_DATE"],
    [time("24:00"), "SPEECH_TIME"],
    [time("8:30"), "SPEECH_TIME"],
    [time("08:60"), "SPEECH_TIME"],
    [pause(-1), "SPEECH_SILENCE"],
    [pause(10_001), "SPEECH_SILENCE"],
    [pause(Number.NaN), "SPEECH_SILENCE"],
  ];
  for (const language of LANGUAGES)
    for (const [part, code] of rows) {
      try {
        speak([part], language);
        t.fail(`${JSON.stringify(part)} was spoken`);
      } catch (error) {
        t.ok(error instanceof SpeechError && error.code === code, `${language}: ${JSON.stringify(part)} is ${code}`);
        if (part.say === "digits") t.notMatch((error as Error).message, part.digits);
      }
    }
});

t.test("an announcement becomes what a leg plays, through the library", async (t) => {
  const library = { resolve: (language: Language, name: string): string => `${language}/${name}` };
  t.same(announce("core/goodbye", "en", library), [{ kind: "prompt", prompt: "en/core/goodbye" }]);
  t.same(announce([prompt("billing/balance"), pause(200), money(200)], "zh-CN", library), [
    { kind: "prompt", prompt: "zh-CN/billing/balance" },
    { kind: "silence", durationMs: 200 },
    { kind: "prompt", prompt: "zh-CN/speech/liang" },
    { kind: "prompt", prompt: "zh-CN/speech/yuan" },
  ]);
});
