package conf

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestEx(t *testing.T) {
	b, _ := os.ReadFile("/tmp/cc/exp.tsv")
	for _, row := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		f := strings.Split(row, "\t")
		if _, err := os.Stat("/tmp/cc/ex/" + f[0] + ".conf"); err != nil {
			continue
		}
		l := Load("/tmp/cc/ex/" + f[0] + ".conf")
		fmt.Println("###", f[0], f[1], TestExit(l.Diagnostics), f[1] == fmt.Sprint(TestExit(l.Diagnostics)), l.Fatal())
		Print(os.Stdout, l.Diagnostics)
	}
}
