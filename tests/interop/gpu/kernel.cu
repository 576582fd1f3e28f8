// A program that ends with 0 if the GPU ran its kernel, and says why not otherwise.
#include <cstdio>

__global__ void triple(int* out) { out[threadIdx.x] = 3 * threadIdx.x; }

int main() {
  int* memory = nullptr;
  int values[32] = {};
  cudaMalloc(&memory, sizeof values);
  triple<<<1, 32>>>(memory);
  cudaError_t status = cudaGetLastError();
  if (status == cudaSuccess) {
    status = cudaMemcpy(values, memory, sizeof values, cudaMemcpyDeviceToHost);
  }
  bool right = status == cudaSuccess && values[31] == 93;
  std::printf("%s\n", right ? "ran" : cudaGetErrorString(status));
  return right ? 0 : 1;
}
