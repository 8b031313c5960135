// Voices and words that no detector was tuned on: other languages, and where a language is the same, other voices and other
// words. Nothing here may be looked at to change a threshold; who does so finds others.
import type { Sayings } from "./sayings.js";

/** By espeak-ng's language; read by `HELD_OUT_VOICES`. */
export const HELD_OUT_SAYINGS: Readonly<Record<string, Sayings>> = {
  "en-us": {
    human: ["Hello?", "Yeah?", "This is Susan.", "City hospital, how can I help you?"],
    machine: ["Hi, this is Susan. Sorry I missed you. Leave me your name and number and I will call you back as soon as I can.", "Your call has been forwarded to an automatic voice message system. At the tone, please record your message."],
  },
  "cmn-latn-pinyin": {
    human: ["喂！", "喂，你找谁？", "你好。", "你好，我是李明。"],
    machine: ["您好，您所呼叫的号码已转到留言信箱，听到滴的一声以后请开始留言，留言结束请挂机。", "我是李明，现在不在家，有什么事情请留下口信，我回来以后马上给您打电话。"],
  },
  pt: { human: ["Está?", "Alô?", "Sim, diga."], machine: ["Olá, ligou para o telefone da Joana. De momento não posso atender, deixe a sua mensagem depois do sinal."] },
  it: { human: ["Pronto?", "Sì?", "Pronto, chi parla?"], machine: ["Salve, risponde la segreteria telefonica della famiglia Rossi. Lasciate un messaggio dopo il segnale acustico e sarete richiamati."] },
  pl: { human: ["Halo?", "Tak, słucham."], machine: ["Dzień dobry, tu poczta głosowa. Abonent nie może teraz odebrać telefonu, proszę zostawić wiadomość po sygnale."] },
  nl: { human: ["Hallo?", "Met Jansen."], machine: ["Goedendag, u bent verbonden met het antwoordapparaat van Jansen. Spreek na de toon uw naam en nummer in, dan bel ik u terug."] },
  sv: { human: ["Hallå?", "Ja, det är Anna."], machine: ["Hej, du har kommit till Annas telefonsvarare. Jag kan inte svara just nu, så lämna ett meddelande efter tonen."] },
  tr: { human: ["Alo?", "Efendim?", "Buyurun."], machine: ["Merhaba, aradığınız kişiye şu anda ulaşılamıyor. Lütfen sinyal sesinden sonra mesajınızı bırakın."] },
  vi: { human: ["A lô?", "Dạ, tôi nghe."], machine: ["Thuê bao quý khách vừa gọi hiện không liên lạc được. Xin quý khách vui lòng để lại lời nhắn sau tiếng bíp."] },
  hi: { human: ["हेलो?", "हाँ जी, बोलिए।"], machine: ["नमस्ते, आप जिस व्यक्ति को फ़ोन कर रहे हैं वह अभी उपलब्ध नहीं है। कृपया बीप के बाद अपना संदेश छोड़ें।"] },
};

export const HELD_OUT_VOICES = ["+f1", "+m1", "+m4", "+f4"] as const;

/** What is said at length, for talk-off: the machines' greetings and these, by more voices. */
export const HELD_OUT_TEXTS: Readonly<Record<string, readonly string[]>> = {
  "en-us": ["The clinic on the third floor is open from eight in the morning until half past five, and on Saturdays until noon. Bring your insurance card and the letter from your doctor, and take the elevator next to the pharmacy.", "Uh, well, I was wondering, you know, whether somebody could look at my knee, because since I fell off my bicycle it keeps, um, clicking."],
  "cmn-latn-pinyin": ["急诊科全天开放，从南门进来以后往左拐，经过药房就看到了，如果走不动可以借一台轮椅。", "嗯，是这样的，我昨天晚上开始发烧，三十八度五，吃了退烧药也没有退下去，嗓子很疼，想挂一个呼吸科。"],
  pt: ["Bom dia, queria marcar uma consulta para o meu filho, que está com febre desde ontem e se queixa de dores de barriga. Pode ser amanhã de manhã?"],
  it: ["Buongiorno, vorrei spostare l'appuntamento di venerdì, perché devo accompagnare mia madre all'aeroporto. Andrebbe bene anche la settimana prossima, nel pomeriggio."],
  pl: ["Dzień dobry, chciałbym się dowiedzieć, czy wyniki badań krwi są już gotowe i czy mogę je odebrać dzisiaj po południu w rejestracji."],
  nl: ["Goedemiddag, ik bel over de rekening van vorige maand. Volgens mij is er iets dubbel in rekening gebracht, kunt u dat voor mij nakijken?"],
  sv: ["God morgon, jag skulle vilja boka en tid hos ögonläkaren. Jag ser lite suddigt på vänster öga sedan en vecka tillbaka."],
  tr: ["İyi günler, babam dün ameliyat oldu, ziyaret saatlerini öğrenmek istiyorum. Ayrıca yanında kalabilir miyiz, onu da sormak isterim."],
  vi: ["Chào chị, tôi muốn đặt lịch khám tim mạch vào sáng thứ năm tuần sau. Tôi có cần nhịn ăn trước khi xét nghiệm máu không?"],
  hi: ["नमस्कार, मुझे अपनी बेटी के लिए डॉक्टर से मिलने का समय चाहिए। उसे तीन दिन से खाँसी है और रात में नींद नहीं आती।"],
  fi: ["Hyvää päivää, haluaisin perua huomisen ajan. Olen vilustunut enkä pääse tulemaan, mutta ensi viikolla sopisi hyvin."],
  el: ["Καλημέρα σας, θα ήθελα να ρωτήσω αν βγήκαν τα αποτελέσματα της μαγνητικής και πότε μπορώ να περάσω να τα πάρω."],
  hu: ["Jó napot kívánok, a kardiológiára szeretnék időpontot kérni, lehetőleg a jövő hét elejére, mert utána elutazom."],
  id: ["Selamat siang, saya mau bertanya apakah dokter gigi praktik hari Sabtu, dan berapa biaya untuk membersihkan karang gigi."],
};

/** Two of these, Alicia and linda, were taken for keys once, which is why a key is held against both its tones together: all of them count as tuned on. */
export const ONCE_HELD_OUT_SPEAKERS = ["+f1", "+f3", "+f4", "+m1", "+m2", "+m4", "+m5", "+m6", "+m8", "+klatt2", "+croak", "+grandma", "+Andy", "+linda", "+Michael", "+Alicia"] as const;

export const HELD_OUT_SPEAKERS = ["+belinda", "+steph", "+anika", "+aunty", "+Annie", "+Mario", "+Denis", "+edward", "+max", "+pablo", "+quincy", "+robert", "+Andrea", "+caleb", "+victor", "+shelby"] as const;
