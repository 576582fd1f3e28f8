#pragma once

#include "util/stream.h"

namespace cartwheel::archive {

// Whether a file is worth the work of encoder C, judged by a sample (docs/formats.md section 3.2):
// files of less than 128 KiB always are; of a larger one, 8 pieces of 16 KiB spread over it must
// become smaller than three quarters. The answer is a function of the bytes alone. Weights of
// models, pictures, films and archives are not worth it: they are stored as they are.
bool is_compressible(const util::RandomAccess& file);

}  // namespace cartwheel::archive
