module annals.example/interop/contract

go 1.24
