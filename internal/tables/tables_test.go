// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// rows is how many configurations of the matrix are played.
const rows = 72

// onlyFiles names a variable with a pattern: other files are left out. A flag would not come
// through to the lab kernel. All of them (".") take ten minutes; usualFiles are played by
// default.
const (
	onlyFiles  = "VIPWARD_TABLES"
	allFiles   = "."
	usualFiles = "^(matrix|changes) [12]$"
)

// TestSameTables plays the matrix: ipvsadm shows the same of keepalived and vipward after each
// step.
func TestSameTables(t *testing.T) {
	t.Parallel()
	list, covered, all := matrix(rows)
	var pools []pool
	for _, r := range list {
		pools = append(pools, r.asPool())
	}
	playPools(t, "matrix", pools, document{matrixHeading, fmt.Sprintf(matrixIntro, updateDoc, covered, all)})
}

// TestSameChanges plays the reloads that change one thing.
func TestSameChanges(t *testing.T) {
	t.Parallel()
	var pools []pool
	for _, c := range changes {
		pools = append(pools, c.asPool())
	}
	playPools(t, "changes", pools, document{changesHeading, changesIntro})
}

// playPools plays pools in files of a name, and holds the result against the document if it is
// about all of them.
func playPools(t *testing.T, name string, pools []pool, doc document) {
	t.Helper()
	lab.Vipward(t)
	lab.Keepalived(t)
	if !lab.IPVS(t) {
		return
	}
	var files []file
	for list := range slices.Chunk(pools, slots) {
		files = append(files, file{fmt.Sprintf("%s %d", name, len(files)+1), list})
	}
	pattern := os.Getenv(onlyFiles)
	if pattern == "" {
		pattern = usualFiles
	}
	played := regexp.MustCompile(pattern)
	files = slices.DeleteFunc(files, func(f file) bool { return !played.MatchString(f.name) })
	results := playFiles(t, files)
	equal := 0
	for _, name := range slices.Sorted(maps.Keys(results)) {
		if results[name] != "" {
			t.Errorf("%s: %s", name, results[name])
		} else {
			equal++
		}
	}
	t.Logf("%d of %d configurations equal", equal, len(results))
	if pattern == allFiles {
		compareDoc(t, doc, report(files, results, doc))
	}
}

const (
	docPath = "../../docs/interop.md"
	// updateDoc names a variable: if it is set, the document is written.
	updateDoc = "VIPWARD_UPDATE"
)

// document is a part of the document.
type document struct{ heading, intro string }

const (
	matrixHeading = "## Tables of IPVS"
	matrixIntro   = "Written by the tests in `internal/tables` (`VIPWARD_TABLES=. %s=1 go test ./internal/tables`): vipward and Debian's keepalived 2.2.7 in one\n" +
		"kernel with IPVS, each with servers of its own. `ipvsadm -Sn` shows the same of both after the start, after a server has failed,\n" +
		"all have failed, one has returned, all have returned, after a reload, a further failure, and the stop. The options are drawn so\n" +
		"that most of them meet each other: %d of %d pairs."

	changesHeading = "## Reloads that change one thing"
	changesIntro   = "The same steps with configurations of which the reload changes one option, mostly."
)

// report is the part of the document as the results have it.
func report(files []file, results map[string]string, doc document) string {
	var b strings.Builder
	until, equal := 0, 0
	var lines []string
	for _, f := range files {
		for _, p := range f.pools {
			result := "equal"
			switch {
			case results[p.name] != "":
				result = "differs"
			case p.until != "":
				result = "equal before the " + p.until + "; there keepalived is wrong: " + p.fault
				until++
			default:
				equal++
			}
			lines = append(lines, fmt.Sprintf("| %s | %s |", p.name, result))
		}
	}
	fmt.Fprintf(&b, "%s\n\n%s %d configurations are equal throughout, %d until a fault of keepalived.\n\n"+
		"| configuration (what is not said: protocol TCP, rr, NAT, weight 1) | result |\n|---|---|\n", doc.heading, doc.intro, equal, until)
	return b.String() + strings.Join(lines, "\n") + "\n"
}

// compareDoc holds the report against the document, or writes it there.
func compareDoc(t *testing.T, doc document, report string) {
	t.Helper()
	b, err := os.ReadFile(docPath)
	if err != nil {
		t.Fatal(err)
	}
	before, have, after := lab.Section(string(b), doc.heading)
	if os.Getenv(updateDoc) != "" {
		if err := os.WriteFile(docPath, []byte(before+report+after), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.TrimRight(have, "\n")+"\n", report); diff != "" {
		t.Errorf("%s differs (-document +run), %s=1 rewrites it\n%s", docPath, updateDoc, diff)
	}
}
