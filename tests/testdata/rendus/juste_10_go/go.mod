module releves

go 1.22
