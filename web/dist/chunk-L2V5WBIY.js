var k={markdown:"markdown-worker-5ZD7JS6F.js",html:"html-worker-PZVMFJTQ.js",table:"table-worker-L4IXWTDF.js"};export{k as a};
