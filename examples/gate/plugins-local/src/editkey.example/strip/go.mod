module editkey.example/strip

go 1.22
