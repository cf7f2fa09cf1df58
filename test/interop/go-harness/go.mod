module annals.example/interop/go-harness

go 1.24
