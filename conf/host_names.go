// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// nameFiles are the files of iproute2 for each kind of name.
var nameFiles = map[string]string{
	nameTable: "rt_tables", nameProtocol: "rt_protos", nameScope: "rt_scopes",
	nameTOS: "rt_dsfield", nameRealm: "rt_realms", nameGroup: "group",
}

// nameDirs are where those files are; an earlier one wins.
var nameDirs = []string{"/etc/iproute2", "/usr/share/iproute2", "/usr/lib/iproute2"}

// RouteName implements RouteNames.
func (System) RouteName(kind, name string) (int64, bool) {
	return routeName(nameDirs, nameFiles[kind], name)
}

// routeName looks for a name in a file, and in the directory of the same name with
// ".d", in each of dirs.
func routeName(dirs []string, file, name string) (int64, bool) {
	for _, dir := range dirs {
		path := filepath.Join(dir, file)
		more, err := filepath.Glob(path + ".d/*.conf")
		if err != nil {
			more = nil
		}
		for _, f := range append([]string{path}, more...) {
			if id, ok := nameIn(f, name); ok {
				return id, true
			}
		}
	}
	return 0, false
}

// nameIn looks into one file of lines NUMBER NAME. A file that is not there knows
// no names.
func nameIn(path, name string) (int64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 || strings.HasPrefix(f[0], "#") || f[1] != name {
			continue
		}
		if id, err := strconv.ParseInt(f[0], 0, 64); err == nil {
			return id, true
		}
	}
	return 0, false
}
