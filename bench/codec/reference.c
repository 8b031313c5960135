/* What the codecs cost in C: reads 16-bit mono samples, prints the CPU microseconds of each 20 ms.
 *   reference <codec> <encode|decode> <rounds> < samples
 * The libraries' functions are declared here, since only their run-time packages need to be installed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SAMPLES_MAX 2000000
static int16_t pcm[SAMPLES_MAX], out[2000];
static uint8_t bytes[SAMPLES_MAX];

static double cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return 1e6 * (u.ru_utime.tv_sec + u.ru_stime.tv_sec) + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

#ifdef WITH_OPUS
void *opus_encoder_create(int32_t, int, int, int *);
int opus_encode(void *, const int16_t *, int, uint8_t *, int32_t);
int opus_encoder_ctl(void *, int, ...);
void *opus_decoder_create(int32_t, int, int *);
int opus_decode(void *, const uint8_t *, int32_t, int16_t *, int, int);
static double opus(int rate, int bitrate, int decode, int frames, int rounds) {
  int error, n = rate / 50;
  static int lengths[100000];
  void *encoder = opus_encoder_create(rate, 1, 2048, &error), *decoder = opus_decoder_create(rate, 1, &error);
  opus_encoder_ctl(encoder, 4002, bitrate);
  opus_encoder_ctl(encoder, 4010, 5);
  opus_encoder_ctl(encoder, 4012, 1);
  for (int i = 0; i < frames; i++) lengths[i] = opus_encode(encoder, pcm + i * n, n, bytes + i * 200, 200);
  double start = cpu_us();
  for (int r = 0; r < rounds; r++)
    for (int i = 0; i < frames; i++)
      if (decode) opus_decode(decoder, bytes + i * 200, lengths[i], out, n, 0);
      else opus_encode(encoder, pcm + i * n, n, bytes + i * 200, 200);
  return (cpu_us() - start) / rounds / frames;
}
#endif

static double g711(int decode, int frames, int rounds) {
  static uint8_t encode_table[65536];
  static int16_t decode_table[256];
  for (int i = 0; i < 65536; i++) encode_table[i] = i >> 8;
  for (int i = 0; i < 256; i++) decode_table[i] = i << 8;
  double start = cpu_us();
  for (int r = 0; r < rounds; r++)
    for (int i = 0; i < frames; i++) {
      for (int k = 0; k < 160; k++)
        if (decode) out[k] = decode_table[bytes[i * 160 + k]];
        else bytes[i * 160 + k] = encode_table[(uint16_t)pcm[i * 160 + k]];
      __asm__ volatile("" ::: "memory");
    }
  return (cpu_us() - start) / rounds / frames;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int decode = !strcmp(argv[2], "decode"), rounds = atoi(argv[3]);
  int samples = (int)fread(pcm, 2, SAMPLES_MAX, stdin);
  if (!strcmp(argv[1], "g711")) printf("%f\n", g711(decode, samples / 160, rounds));
#ifdef WITH_OPUS
  else if (!strcmp(argv[1], "opus16")) printf("%f\n", opus(16000, 24000, decode, samples / 320, rounds));
  else if (!strcmp(argv[1], "opus48")) printf("%f\n", opus(48000, 40000, decode, samples / 960, rounds));
#endif
  else return 3;
  return 0;
}
