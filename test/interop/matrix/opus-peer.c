/* The system's libopus as a filter from standard input to standard output, 8000 Hz mono. Coded frames of 20 ms are records: two
   bytes of length (the high one first), then so many bytes. Modes: "encode" takes 16-bit samples, "decode" takes records (a
   length of 0 is a packet that did not come). The functions are declared here: only the run-time package need be there. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void *opus_encoder_create(int32_t rate, int channels, int application, int *error);
int opus_encode(void *encoder, const int16_t *samples, int count, uint8_t *bytes, int32_t max);
void *opus_decoder_create(int32_t rate, int channels, int *error);
int opus_decode(void *decoder, const uint8_t *bytes, int32_t length, int16_t *samples, int count, int fec);

enum { RATE = 8000, FRAME = 160, VOIP = 2048, BYTES_MAX = 1275 };

static int encode(void) {
  int16_t samples[FRAME];
  uint8_t bytes[BYTES_MAX];
  int error;
  void *encoder = opus_encoder_create(RATE, 1, VOIP, &error);
  while (fread(samples, sizeof samples, 1, stdin) == 1) {
    int length = opus_encode(encoder, samples, FRAME, bytes, BYTES_MAX);
    if (length < 0) return 1;
    putchar(length >> 8);
    putchar(length & 255);
    fwrite(bytes, 1, length, stdout);
  }
  return 0;
}

static int decode(void) {
  int16_t samples[FRAME];
  uint8_t bytes[BYTES_MAX];
  int error, high;
  void *decoder = opus_decoder_create(RATE, 1, &error);
  while ((high = getchar()) != EOF) {
    int length = (high << 8) | getchar();
    if (length > BYTES_MAX || (length > 0 && fread(bytes, length, 1, stdin) != 1)) return 1;
    if (opus_decode(decoder, length ? bytes : NULL, length, samples, FRAME, 0) != FRAME) return 1;
    fwrite(samples, sizeof samples, 1, stdout);
  }
  return 0;
}

int main(int count, char **words) {
  if (count == 2 && strcmp(words[1], "encode") == 0) return encode();
  if (count == 2 && strcmp(words[1], "decode") == 0) return decode();
  return 2;
}
