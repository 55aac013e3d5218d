module podnet.invalid/hello-app

go 1.26.6
