// `ringward/sdk`: the only door for plugins.
export { BACK } from "./call.js";
export type { Announcement, AnsweredBy, Call, Caller, CollectOptions, Consultation, Detection, DetectOptions, DialOptions, DialOutcome, MenuOptions, QueueOutcome, RecordOptions, RecordOutcome, ShapeOptions, Sound, TransferOptions, TransferOutcome } from "./call.js";
export { CallEnded, OperatorWanted } from "./control.js";
export { definePlugin, HttpProblem, service } from "./plugin.js";
export type {
  ActionDefinition,
  AnyPlugin,
  CallHandler,
  DailyRun,
  Jobs,
  Calls,
  PluginContext,
  PluginDefinition,
  PluginLog,
  PluginReader,
  PluginStore,
  PluginTransaction,
  RouteDefinition,
  ServiceToken,
  Services,
} from "./plugin.js";
export { date, digits, money, number, ordinal, pause, prompt, spelled, text, time, tone } from "../speech/part.js";
export type { Language, SpeechPart } from "../speech/part.js";
export type { CollectionDefinition, Key, RangeQuery } from "../store/store.js";
export type { Upcaster } from "../journal/upcaster.js";
export type { Actor, Subject } from "../journal/entry.js";
