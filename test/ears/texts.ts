// What espeak-ng reads to the ears that are tested: what is said at a hospital's telephone.
export const CORPUS_TEXTS = {
  "cmn-latn-pinyin": [
    "您好，欢迎致电示范医院。预约挂号请按一，查询检查结果请按二，缴费请按三，投诉和建议请按四，人工服务请按零。",
    "请您携带身份证和就诊卡，提前十五分钟到门诊大厅一楼的导诊台取号，医生会按照顺序叫号。",
    "张先生您好，您的检查报告已经出来了，各项指标都在正常范围以内，请不用担心，三个月以后再来复查一次。",
    "今天下午两点半到五点，心内科、消化内科和骨科都有专家门诊，每位专家的挂号费是五十元。",
    "喂，你好，我想问一下，我妈妈昨天住院了，请问几点可以去看她，需要带什么东西吗？",
  ],
  en: [
    "Thank you for calling. If you know the extension of the person you want to reach, please enter it now, followed by the hash key.",
    "Good morning, I would like to make an appointment with the heart specialist, if possible some time next week in the afternoon.",
    "Please hold the line while we connect you to the next free operator; you are number three in the queue.",
  ],
  es: ["Buenos días, le atiende el servicio de citas del hospital. ¿En qué puedo ayudarle? Dígame su nombre y su número de tarjeta, por favor.", "Ahora mismo todos nuestros operadores están ocupados; espere, por favor, no cuelgue."],
  de: ["Guten Tag, Sie sind mit der Telefonzentrale verbunden. Bitte nennen Sie Ihren Namen und Ihr Geburtsdatum, ich suche Ihre Unterlagen heraus.", "Der Termin ist am Donnerstag um halb drei; bringen Sie bitte Ihre Versicherungskarte mit."],
  ru: ["Здравствуйте, вы позвонили в регистратуру больницы. Пожалуйста, оставайтесь на линии, вам ответит первый освободившийся оператор."],
} as const;
