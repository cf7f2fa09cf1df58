module annals.example/interop/go-v1

go 1.24

require (
	annals.example/interop/go-harness v0.0.0
	github.com/aliyun/aliyun-oss-go-sdk v3.0.2+incompatible
)

replace annals.example/interop/go-harness => ../go-harness
