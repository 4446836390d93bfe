# SPDX-License-Identifier: Apache-2.0
# make, gcc, cmake.
load helper

@test "gcc: compile, link, run" {
	needs gcc
	prepare() {
		printf '#include <stdio.h>\nint twice(int);\nint main(void) { printf("%%d\\n", twice(21)); return 7; }\n' >main.c
		printf 'int twice(int x) { return 2 * x; }\n' >twice.c
	}
	same 'gcc -O1 -Wall -c main.c twice.c && gcc -o main main.o twice.o && ./main; echo $?' \
		'gcc -o main main.c twice.c -save-temps && ./main; ls | sort' \
		'gcc -shared -fPIC -o libtwice.so twice.c && gcc -o main main.c -L. -ltwice -Wl,-rpath,"$PWD" && ./main' \
		'gcc -c twice.c && ar rcs libtwice.a twice.o && ranlib libtwice.a && gcc -o main main.c libtwice.a && ./main; nm libtwice.a | tail -1; strip main; ./main' \
		'gcc -c missing.c; echo $?; echo "int x = ;" >bad.c; gcc -c bad.c; echo $?; gcc -o missing/main main.c twice.c; echo $?' \
		'gcc -pipe -MMD -c twice.c && cat twice.d; gcc -E twice.c -o - | tail -1'
}

@test "make: in parallel, incremental, clean" {
	needs make gcc
	prepare() {
		local i
		for i in 1 2 3 4 5 6; do echo "int f$i(void) { return $i; }" >f$i.c; done
		echo 'int f1(void); int main(void) { return f1(); }' >main.c
		printf 'OBJ = $(patsubst %%.c,%%.o,$(wildcard *.c))\nprog: $(OBJ)\n\t@$(CC) -o $@ $^\n%%.o: %%.c\n\t@$(CC) -c -o $@ $<\nclean:\n\t@rm -f prog $(OBJ)\nsub:\n\t@$(MAKE) -s prog\nbad:\n\t@exit 3\n' >Makefile
	}
	same 'make -j2 && ./prog; echo $?; make; make -q; echo $?' \
		'make -s -j2 sub; make -s clean; ls; make bad; echo $?; make nothing; echo $?' \
		'make -s prog; touch -d 2001-01-01 f1.c; make -q && echo fresh; touch f1.c; touch -d 2001-01-01 f1.o; make -q; echo $?; make -s; ./prog; echo $?'
}

@test "cmake: configure, build, test" {
	needs cmake make gcc
	echo 'int main(void) { return 0; }' >work/main.c
	printf 'cmake_minimum_required(VERSION 3.10)\nproject(p C)\nadd_executable(p main.c)\nenable_testing()\nadd_test(NAME runs COMMAND p)\ninstall(TARGETS p DESTINATION bin)\n' >work/CMakeLists.txt
	works 'cmake -S . -B b >log 2>&1 || { cat log; exit 1; }; cmake --build b -j2 >log 2>&1 || { cat log; exit 1; }; ./b/p && echo ran' ran
	works 'cd b && ctest >log 2>&1 || { cat log; exit 1; }; cmake --install . --prefix "$PWD/../i" >log || exit; ../i/bin/p && echo installed' installed
	works 'cmake --build b --target clean && ls b/p 2>/dev/null; cmake -S . -B b -DCMAKE_BUILD_TYPE=Debug >/dev/null && echo again' again
}
