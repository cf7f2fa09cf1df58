module annals.example/interop/go-v1

go 1.24

require (
	annals.example/interop/contract v0.0.0
	github.com/aliyun/aliyun-oss-go-sdk v3.0.2+incompatible
)

require (
	golang.org/x/time v0.4.0 // indirect
	gopkg.in/check.v1 v1.0.0-20201130134442-10cb98267c6c // indirect
)

replace annals.example/interop/contract => ../contract/go
