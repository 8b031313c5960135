/* Debian's libbcg729 as a filter from standard input to standard output. Coded frames are records: one byte of length
   (10 sound, 2 comfort noise, 0 nothing), then so many bytes. Modes: "encode" and "encode-dtx" take 16-bit samples,
   "decode" takes records (a length of 0 is a lost frame), "time-encode" and "time-decode" too and
   print CPU nanoseconds a frame. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bcg729/decoder.h>
#include <bcg729/encoder.h>

static int encode(int dtx) {
  bcg729EncoderChannelContextStruct *encoder = initBcg729EncoderChannel(dtx);
  int16_t samples[80];
  uint8_t bytes[10], length;
  while (fread(samples, sizeof samples, 1, stdin) == 1) {
    bcg729Encoder(encoder, samples, bytes, &length);
    putchar(length);
    fwrite(bytes, 1, length, stdout);
  }
  closeBcg729EncoderChannel(encoder);
  return 0;
}

static int decode(void) {
  bcg729DecoderChannelContextStruct *decoder = initBcg729DecoderChannel();
  int16_t samples[80];
  uint8_t bytes[10];
  int length;
  while ((length = getchar()) != EOF) {
    if (length > 10 || (length > 0 && fread(bytes, length, 1, stdin) != 1)) return 1;
    bcg729Decoder(decoder, length ? bytes : NULL, length, length == 0, length == 2, 0, samples);
    fwrite(samples, sizeof samples, 1, stdout);
  }
  closeBcg729DecoderChannel(decoder);
  return 0;
}

static int time_decode(void) {
  static uint8_t records[11 << 16];
  size_t frames = fread(records, 11, 1 << 16, stdin);
  if (frames == 0) return 1;
  bcg729DecoderChannelContextStruct *decoder = initBcg729DecoderChannel();
  int16_t samples[80];
  clock_t start = clock();
  for (size_t i = 0; i < frames; i++) bcg729Decoder(decoder, records + 11 * i + 1, 10, 0, 0, 0, samples);
  printf("%.0f\n", (clock() - start) * (1e9 / CLOCKS_PER_SEC) / frames);
  closeBcg729DecoderChannel(decoder);
  return 0;
}

static int time_encode(void) {
  static int16_t samples[80 << 16];
  size_t frames = fread(samples, 160, 1 << 16, stdin);
  if (frames == 0) return 1;
  bcg729EncoderChannelContextStruct *encoder = initBcg729EncoderChannel(0);
  uint8_t bytes[10], length;
  clock_t start = clock();
  for (size_t i = 0; i < frames; i++) bcg729Encoder(encoder, samples + 80 * i, bytes, &length);
  printf("%.0f\n", (clock() - start) * (1e9 / CLOCKS_PER_SEC) / frames);
  closeBcg729EncoderChannel(encoder);
  return 0;
}

int main(int count, char **words) {
  if (count == 2 && strcmp(words[1], "decode") == 0) return decode();
  if (count == 2 && strcmp(words[1], "time-decode") == 0) return time_decode();
  if (count == 2 && strcmp(words[1], "time-encode") == 0) return time_encode();
  if (count == 2 && strcmp(words[1], "encode") == 0) return encode(0);
  if (count == 2 && strcmp(words[1], "encode-dtx") == 0) return encode(1);
  return 2;
}
