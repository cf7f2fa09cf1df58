module annals.example/interop/go-v2

go 1.24

require (
	annals.example/interop/contract v0.0.0
	github.com/aliyun/alibabacloud-oss-go-sdk-v2 v1.6.1
)

require golang.org/x/time v0.4.0 // indirect

replace annals.example/interop/contract => ../contract/go
